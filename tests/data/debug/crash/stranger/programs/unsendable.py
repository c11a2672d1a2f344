import threading
import millrace

session = millrace.Session()

def work():
    session.note(lambda: "from a thread")

def main():
    thread = threading.Thread(target=work, name="noter")
    thread.start()
    thread.join()
    print("main is done")

main()
