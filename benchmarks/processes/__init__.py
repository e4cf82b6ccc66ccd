"""
A fleet of worker processes at the stub, by the clock: what one worker does, and what more of them do.

The lock and the segments are in the embedded AWS's DynamoDB, with the conditions and transactions that a fleet lives by;
the stub has the table that is rewritten.
"""
