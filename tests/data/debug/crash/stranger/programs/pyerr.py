import millrace

CONFIG = {"host": "db"}

def port():
    return CONFIG["port"]

def connect():
    return millrace.run_job(port)

def main():
    connect()

main()
