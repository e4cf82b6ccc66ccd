"""
Manual commands, for every front door: what each takes, does and answers.

The answers are the same from each of them: from the Lambda function, and from a process of a person's own.
"""
