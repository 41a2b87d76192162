"""What a provider's contract permits, held against what consumers' pacts demand; nothing is run.

`http` and `messages` compare one interaction each. Both rest on `bodies`, which asks whether every
value of a schema is one that an example and its rules take: `walk` goes through shape and example
together and tells where that can't be proven, `making` makes values that may show it, and the
native matcher and the validator have the last word on each.
"""
