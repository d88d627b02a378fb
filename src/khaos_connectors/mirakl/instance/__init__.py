"""What an instance says of itself, and who settles what it leaves open.

Start with ``MiraklChannel.check`` and ``MiraklChannel.facts``. ``questions`` are those in which operators differ,
``profiles`` and ``operators`` what is believed of an operator, ``survey`` and ``asked`` what the instance told,
``checking.check_each`` looks at several accounts of which none stops another.
"""
