"""A module that is imported to make a lazy value asks for that value."""

import skein
from skein_ready import ready

ready()
print(skein.letter_count())
