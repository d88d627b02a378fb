"""The parts of ``protocols``: what crosses a port, further ports, and the faces. Import them from ``protocols``."""
