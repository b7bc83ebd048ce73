"""Files and commands as people really have them, each with what the program must answer.

Every situation makes its own input, runs the program as from a shell, and checks what is printed.
`python -m tests.people` runs them all and prints a line for each; `pytest tests/people` does so too.
"""
