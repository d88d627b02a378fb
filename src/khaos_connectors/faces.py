"""From a port to a face and back: a port and a runner make a ``Channel`` (or ``AsyncChannel``, ``ERP`` …), and
anybody's plain class that has a face's methods becomes a port.

The iterators of a face ask for the next page when its first record is wanted. Records that could not be read do not
stop them: every readable one is given first, then ``Undecodable`` names the others.
"""

from khaos_connectors._faces.channel import AsyncChannelFace, ChannelFace, LiftedChannel
from khaos_connectors._faces.erp import AsyncERPFace, ERPFace, LiftedERP
from khaos_connectors._faces.items import AsyncItemsFace, ItemsFace, LiftedItems
from khaos_connectors._faces.jobs import AsyncJobsFace, JobsFace, LiftedJobs
from khaos_connectors._faces.wms import AsyncWMSFace, LiftedWMS, WMSFace
from khaos_connectors.calls.drivers import AsyncRunner, Runner
from khaos_connectors.protocols import (
    ERP,
    WMS,
    AsyncChannel,
    AsyncERP,
    AsyncItems,
    AsyncJobs,
    AsyncWMS,
    Channel,
    ChannelPort,
    ERPPort,
    Items,
    ItemSource,
    Jobs,
    JobsPort,
    WMSPort,
)

__all__ = [
    "async_channel_face",
    "async_erp_face",
    "async_items_face",
    "async_jobs_face",
    "async_wms_face",
    "channel_face",
    "erp_face",
    "items_face",
    "jobs_face",
    "lift_channel",
    "lift_erp",
    "lift_items",
    "lift_jobs",
    "lift_wms",
    "wms_face",
]


def channel_face(port: ChannelPort, runner: Runner) -> Channel:
    """*port* as a blocking ``Channel``, its flows run by *runner*."""
    return ChannelFace(port, runner)


def async_channel_face(port: ChannelPort, runner: AsyncRunner) -> AsyncChannel:
    """*port* as an ``AsyncChannel``, its flows run by *runner*."""
    return AsyncChannelFace(port, runner)


def erp_face(port: ERPPort, runner: Runner) -> ERP:
    """*port* as a blocking ``ERP``, its flows run by *runner*."""
    return ERPFace(port, runner)


def async_erp_face(port: ERPPort, runner: AsyncRunner) -> AsyncERP:
    """*port* as an ``AsyncERP``, its flows run by *runner*."""
    return AsyncERPFace(port, runner)


def items_face(port: ItemSource, runner: Runner) -> Items:
    """*port* as a blocking ``Items``, its flows run by *runner*."""
    return ItemsFace(port, runner)


def async_items_face(port: ItemSource, runner: AsyncRunner) -> AsyncItems:
    """*port* as an ``AsyncItems``, its flows run by *runner*."""
    return AsyncItemsFace(port, runner)


def wms_face(port: WMSPort, runner: Runner) -> WMS:
    """*port* as a blocking ``WMS``, its flows run by *runner*."""
    return WMSFace(port, runner)


def async_wms_face(port: WMSPort, runner: AsyncRunner) -> AsyncWMS:
    """*port* as an ``AsyncWMS``, its flows run by *runner*."""
    return AsyncWMSFace(port, runner)


def lift_channel(channel: Channel) -> ChannelPort:
    """A port whose flows do *channel*'s blocking methods; its listings come in one batch.

    The payload of an order is the order itself as JSON, so that a store can keep it and read it again.
    """
    return LiftedChannel(channel)


def lift_erp(erp: ERP) -> ERPPort:
    """A port whose flows do *erp*'s blocking methods; its listings come in one batch."""
    return LiftedERP(erp)


def lift_items(items: Items) -> ItemSource:
    """A port whose flow does *items*' blocking method; all items come in one batch."""
    return LiftedItems(items)


def lift_wms(wms: WMS) -> WMSPort:
    """A port whose flows do *wms*'s blocking methods; its listings come in one batch."""
    return LiftedWMS(wms)


def jobs_face(port: JobsPort, runner: Runner) -> Jobs:
    """*port* as blocking ``Jobs``, its flows run by *runner*."""
    return JobsFace(port, runner)


def async_jobs_face(port: JobsPort, runner: AsyncRunner) -> AsyncJobs:
    """*port* as ``AsyncJobs``, its flows run by *runner*."""
    return AsyncJobsFace(port, runner)


def lift_jobs(jobs: Jobs) -> JobsPort:
    """A port whose flows do *jobs*'s blocking methods."""
    return LiftedJobs(jobs)
