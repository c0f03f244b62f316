"""How gunicorn serves the site. Numbers come from the environment (docs/operators.md)."""

import os

bind = f"0.0.0.0:{os.environ.get('PORT', '8000')}"
# Threads: pages wait for the database and for files, not for the processor.
worker_class = "gthread"
workers = int(os.environ.get("WEB_PROCESSES", "2"))
threads = int(os.environ.get("WEB_THREADS", "8"))
# A thread that reads a slow upload is alive; this ends only a process that answers nothing at all.
timeout = 120
graceful_timeout = 30
keepalive = 5
# Memory that a library loses is given back from time to time, not by all processes at once.
max_requests = 5000
max_requests_jitter = 500
# Heartbeats in memory: on a disk a busy moment could look like a dead process.
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: PTH112, S108
accesslog = "-"
access_log_format = '%(h)s "%(r)s" %(s)s %(b)s %(M)sms [%({x-request-id}o)s]'
forwarded_allow_ips = os.environ.get("FORWARDED_ALLOW_IPS", "127.0.0.1")
# Nobody steers the processes from outside, and the image's user has no home to keep a socket in.
control_socket_disable = True
