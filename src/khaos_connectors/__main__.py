"""``python -m khaos_connectors`` is the ``khaos-connectors`` command."""

from khaos_connectors.cli import main

if __name__ == "__main__":
    main()
