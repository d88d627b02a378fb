"""Codes of offers, their imports and their exports."""

from enum import Enum

__all__ = [
    "EprCategory",
    "ImportMode",
    "ImportOrigin",
    "MarketSort",
    "OfferImportState",
    "UpdateDelete",
]


class ImportMode(Enum):
    """What an offer file does. REPLACE also deletes every offer that is not in the file."""

    NORMAL = "NORMAL"
    REPLACE = "REPLACE"


class ImportOrigin(Enum):
    """By which door an import came."""

    API = "API"
    FTP = "FTP"
    SFTP = "SFTP"
    HTTP = "HTTP"
    HTTPS = "HTTPS"
    FRONT = "FRONT"
    PENDING_OFFERS = "PENDING_OFFERS"


class OfferImportState(Enum):
    """How far an import of offers is; only COMPLETE and FAILED are ends.

    WAITING_SYNCHRONIZATION_PRODUCT waits for the operator's catalogue, which may take days.
    """

    WAITING_SYNCHRONIZATION_PRODUCT = "WAITING_SYNCHRONIZATION_PRODUCT"
    WAITING = "WAITING"
    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    FAILED = "FAILED"


class UpdateDelete(Enum):
    """What is to become of a written offer."""

    UPDATE = "update"
    DELETE = "delete"


class MarketSort(Enum):
    """In which order the offers on a product come."""

    BEST_PRICE = "bestPrice"
    BEST_EVALUATION = "bestEvaluation"


class EprCategory(Enum):
    """A category of producer responsibility, by country."""

    FR_AGROPACK = "FR-AGROPACK"
    FR_ASL = "FR-ASL"
    FR_DASRIPAT = "FR-DASRIPAT"
    FR_DBPS = "FR-DBPS"
    FR_DDS = "FR-DDS"
    FR_DEA = "FR-DEA"
    FR_DEEE = "FR-DEEE"
    FR_DISPMED = "FR-DISPMED"
    FR_DIY = "FR-DIY"
    FR_EMBM = "FR-EMBM"
    FR_GF = "FR-GF"
    FR_JOUETS = "FR-JOUETS"
    FR_LUB = "FR-LUB"
    FR_MH = "FR-MH"
    FR_MNU = "FR-MNU"
    FR_PA = "FR-PA"
    FR_PAP = "FR-PAP"
    FR_PCHIM = "FR-PCHIM"
    FR_PMCB = "FR-PMCB"
    FR_PNEU = "FR-PNEU"
    FR_TABAC = "FR-TABAC"
    FR_TLC = "FR-TLC"
    FR_VEHICULE = "FR-VEHICULE"
    FR_VHU = "FR-VHU"
    DE_BATTG = "DE-BATTG"
    DE_PACK = "DE-PACK"
    DE_WEEE = "DE-WEEE"
    ES_PACK = "ES-PACK"
    ES_GPACK = "ES-GPACK"
    ES_WEEE = "ES-WEEE"
