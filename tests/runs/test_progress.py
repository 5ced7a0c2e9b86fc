import os
import pty
import re
import subprocess
import sys
import threading
import time

from customer_behavior.runs.progress import jobs_under_way

# Lines of the log, printed lines and a job of Spark that takes five seconds, at the same time.
SCRIPT = """
import logging, sys, time
from customer_behavior.runs.nodes import NodeRun
from customer_behavior.runs.progress import SparkProgress, Tasks

logging.basicConfig(stream=sys.stdout, format="%(message)s", level="INFO", force=True)
began = time.monotonic()
jobs = lambda: {7: Tasks(34, 192)} if time.monotonic() - began < 5 else {}
progress = SparkProgress(lambda: [NodeRun("build_sessions")], jobs)
progress.before_pipeline_run()
for number in range(60):
    logging.info("line %d %s", number, "long " * 30 + "[end]")
    time.sleep(0.1)
progress.after_pipeline_run()
logging.info("the last line")
"""
LINES = [f"line {number} {'long ' * 30}[end]" for number in range(60)] + ["the last line"]
# What is taken from the screen again: its line is erased, or the one above.
ERASED = re.compile(r"[^\n]*\r(\n\x1b\[\?25h\r\x1b\[1A)?\x1b\[2K")
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def on_terminal(**environment):
    """What a terminal is sent."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "80"} | environment
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=theirs, env=environment)
    os.close(theirs)
    sent = b""
    try:
        while part := os.read(ours, 65536):
            sent += part
    except OSError:  # on Linux, the end
        pass
    finally:
        os.close(ours)
    assert process.wait(timeout=60) == 0
    return sent.decode()


def test_on_a_terminal_a_long_job_shows_a_bar_and_log_lines_stay_whole():
    sent = on_terminal()

    assert "build_sessions" in sent
    assert "34/192" in sent
    lines = [CONTROL.sub("", line) for line in ERASED.sub("", sent).split("\r\n")]
    assert lines == [*LINES, ""]
    assert sent.rindex("\x1b[?25h") > sent.rindex("\x1b[?25l"), "the cursor is hidden"
    # The bar is gone at the end.
    assert "34/192" not in sent[sent.index("line 58") :]


def test_a_terminal_that_cannot_move_its_cursor_gets_the_log_alone():
    assert on_terminal(TERM="dumb").split("\r\n") == [*LINES, ""]


def test_a_file_gets_the_log_alone():
    printed = subprocess.run(
        [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True
    ).stdout

    assert printed.splitlines() == LINES


def test_the_tasks_of_a_job_are_those_that_spark_counts(spark):
    def wait_for(number):
        time.sleep(1 if number == 0 else 4)

    rows = spark.sparkContext.parallelize([0, 1, 2], 3)
    job = threading.Thread(target=rows.foreach, args=[wait_for])
    job.start()
    seen = set()
    while job.is_alive():
        seen |= set(jobs_under_way().values())
        time.sleep(0.1)
    job.join()

    assert max(tasks.all for tasks in seen) == 3
    assert max(tasks.done for tasks in seen) in (1, 2)
    assert jobs_under_way() == {}


def test_to_look_for_jobs_starts_no_spark():
    script = "import pyspark; from customer_behavior.runs.progress import jobs_under_way as look\n"
    script += "print(look(), pyspark.SparkContext._gateway)"

    printed = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout

    assert printed == "{} None\n"
