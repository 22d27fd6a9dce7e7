"""What a language model makes of episodes, in three questions a batch at most: what they say (`extracting`), what is
undecided between that and what was known (`deciding`), and how notes hang together (`evolving`). It is shown short
aliases in place of ids, and every answer is checked against what it was shown; what fails a check is counted and
changes nothing.
"""
