import millrace

def share(total, parts):
    return millrace.ratio(total, parts)

print(share(10, 5))
print(share(10, 0))
