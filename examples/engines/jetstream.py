#!/usr/bin/env python3
"""Checks a list on any number of machines by NATS JetStream (pip install nats-py).

    jetstream.py fill LIST                        puts each line into the queue, once
    jetstream.py work [OPTION of xfed check]...   on each machine, until the queue is empty
    jetstream.py collect > results.jsonl          all reports, one for each line

A line is acknowledged when its report is stored. The lines of a worker that dies go to another one after
ACK_WAIT seconds, and a report that was stored already is not stored again. NATS_URL: the server.
"""
import asyncio, hashlib, json, nats, os, sys
from asyncio.subprocess import PIPE
from nats.js.api import AckPolicy, ConsumerConfig, RetentionPolicy
# Seconds: the first well above --deadline, the second for a server that has much to do.
ACK_WAIT, PATIENCE, WEEK, AT_ONCE = float(os.environ.get("ACK_WAIT", 120)), 60, 7 * 24 * 3600, 32

async def publish(js, subject, data, line):
    await js.publish(subject, data, headers={"Nats-Msg-Id": hashlib.sha256(line).hexdigest()})

async def fill(js, file):
    for line in map(bytes.strip, open(file, "rb")):
        if line and not line.startswith(b"#"):
            await publish(js, "xfed.domains", line, line)

async def work(js, *options):
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, ack_wait=ACK_WAIT, max_deliver=10)
    queue = await js.pull_subscribe("xfed.domains", "workers", config=config)
    command = ["xfed", "check", "-", "--format", "jsonl", "--jobs", str(AT_ONCE), *options]
    while (info := await queue.consumer_info()).num_pending + info.num_ack_pending:
        try:
            messages = await queue.fetch(AT_ONCE, timeout=2)
        except nats.errors.TimeoutError:
            continue  # others have the rest; should they die, it comes back
        waiting = {message.data.split()[0].decode(): message for message in messages}
        xfed = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=2**26)
        xfed.stdin.write(b"".join(message.data + b"\n" for message in waiting.values()))
        xfed.stdin.close()
        async for report in xfed.stdout:
            if report.endswith(b"\n"):  # not the torn line of one that was ended
                entry = json.loads(report)  # of a line that is no domain, it says why
                typed = entry["report"]["input"] if "report" in entry else entry["refused"]["line"]
                message = waiting.pop(typed.split()[0])
                await publish(js, "xfed.reports", report, message.data)
                await message.ack_sync(timeout=PATIENCE)
        if await xfed.wait() == 2:
            sys.exit("xfed could not run")

async def collect(js):
    reports = await js.subscribe("xfed.reports", ordered_consumer=True)
    for _ in range((await js.stream_info("xfed-reports")).state.messages):
        sys.stdout.buffer.write((await reports.next_msg(timeout=PATIENCE)).data)

async def main(command, *arguments):
    url = os.environ.get("NATS_URL", "nats://localhost")
    js = (await nats.connect(url, connect_timeout=PATIENCE)).jetstream(timeout=PATIENCE)
    for name, kind in ("domains", RetentionPolicy.WORK_QUEUE), ("reports", RetentionPolicy.LIMITS):
        await js.add_stream(name=f"xfed-{name}", subjects=[f"xfed.{name}"], retention=kind, duplicate_window=WEEK)
    await {"fill": fill, "work": work, "collect": collect}[command](js, *arguments)

asyncio.run(main(*sys.argv[1:])) if sys.argv[1:] else sys.exit(__doc__)
