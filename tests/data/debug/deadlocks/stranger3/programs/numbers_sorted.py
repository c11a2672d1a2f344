"""C sorts with a comparison that is Rust's, which panics: the module it imports is not there."""

import skein
from skein_ready import ready

ready()
print(skein.sort_numbers([3, 1, 2]))
