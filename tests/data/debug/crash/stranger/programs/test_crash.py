import millrace

def test_good():
    assert millrace.digits("12") == 12

def test_scan():
    assert millrace.raw_at(0x7EFFFFFF0000) == 0
