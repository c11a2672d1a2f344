"""The function that replaces words asks the document for its length."""

import skein
from skein_ready import ready


def replace(word):
    return word * document.length()


document = skein.Document("to be or not")
ready()
document.replace_words(replace)
