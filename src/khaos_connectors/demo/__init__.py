"""The demonstration: a simulated trading day, worked by the real pipelines over real HTTP. Needs the extra ``cli``."""
