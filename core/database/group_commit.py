"""Group commit: threads that run queued operations in shared transactions.

A batch first runs in one transaction without savepoints, the cheapest way. If an operation fails,
all are rolled back and run again with a savepoint each, and only that one fails. If the
transaction itself fails (a deadlock, a lost connection), each runs in one of its own.

A thread that cannot connect leaves its jobs to the threads that are connected. If there are none,
the jobs fail at once, with the cause.
"""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic, sleep

from core.database.causes import Report, ignore_cause
from core.database.drivers import Access, Driver
from core.database.links import InDoubtError, Job, Link, RolledBackError, UnreachableError
from core.database.unavailable import UnavailableError

BATCH_MAX = 256  # operations in one transaction
KEYS_MAX = 80  # a transaction with so many takes no more jobs: PostgreSQL has 64 locks for each
ATTEMPTS_MAX = 3  # at one operation alone
ONE_BY_ONE_SECONDS = 10.0  # for the operations of a batch; their callers have timed out by then
POLL_SECONDS = 0.02  # between looks for a connection of another thread
CONNECTING_SECONDS = 1.0  # for a thread that is connecting, or one that is giving its place back


class Executor:
    """A queue of jobs and the threads that run them, each on a connection of its own.

    `fallback` runs the jobs on its connections where no thread of this executor can connect.
    """

    def __init__(
        self,
        driver: Driver,
        access: Access,
        *,
        fallback: "Executor | None" = None,
        report: Report = ignore_cause,
    ) -> None:
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._concurrent, self._begin, self._fallback = driver.concurrent, access.begin, fallback
        self._closing, self._closed = Lock(), Event()
        self._links = [Link(driver, access, report) for _ in range(access.threads)]
        self._threads = [
            Thread(target=self._work, args=(link,), daemon=True) for link in self._links
        ]
        for thread in self._threads:
            thread.start()

    def queued(self) -> int:
        """Return how many jobs no thread has taken yet."""
        return self._queue.qsize()

    def submit(self, job: Job, keys: Iterable[int] = ()) -> None:
        """Queue a job. One writer at a time needs neither `alone` nor `keys`."""
        job.alone, job.keys = (
            job.alone and self._concurrent,
            tuple(keys) if self._concurrent else (),
        )
        self._queue.put(job)

    def close(self) -> None:
        """Finish the queue and stop the threads. Blocks."""
        with self._closing:
            self._closed.set()
            for _ in self._threads:
                self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self, link: Link) -> None:
        while (job := self._queue.get()) is not None:
            if not link.is_open and self.is_connected() and self._requeue([job]):
                self._reconnect(link)
                continue
            jobs = [job]
            more = self._fill(jobs)
            for batch in _batches([job for job in jobs if not job.future.done()]):
                self._run(link, batch)
            if not more:
                break
        link.disconnect()

    def _run(self, link: Link, jobs: Sequence[Job]) -> None:
        """Run the jobs, or hand them over; fail them where no thread will soon be connected."""
        deadline = monotonic() + CONNECTING_SECONDS
        while left := _run_all(link, jobs):
            _resolve(jobs[: -len(left)])
            jobs = left
            if self._hand_over(link, jobs):
                return
            if not self._may_connect(deadline):
                _fail(jobs, link.cause)
                break
            sleep(POLL_SECONDS)
        _resolve(jobs)

    def _hand_over(self, link: Link, jobs: Sequence[Job]) -> bool:
        """Leave the jobs to threads that are connected; return False if there are none."""
        if self.is_connected() and self._requeue(jobs):
            self._reconnect(link)
            return True
        return self._fallback is not None and self._fallback.adopt(jobs, self._begin)

    def _may_connect(self, deadline: float) -> bool:
        """Return True while it pays to wait: a thread is connected, or may soon be."""
        executors = (self, self._fallback or self)
        if any(executor.is_connected() for executor in executors):
            return True  # when it closes, the server has room for another
        soon = self._closed.is_set() or any(executor.is_connecting() for executor in executors)
        return soon and monotonic() < deadline

    def _reconnect(self, link: Link) -> None:
        """Try to connect; where that fails, leave the jobs to the others for a while."""
        if not link.connect():
            link.back_off(self._closed)

    def is_connected(self) -> bool:
        """Return whether any thread has a connection."""
        return any(link.is_open for link in self._links)

    def is_connecting(self) -> bool:
        """Return whether any thread is trying to connect."""
        return any(link.is_connecting for link in self._links)

    def _requeue(self, jobs: Sequence[Job]) -> bool:
        """Queue the jobs again; return False if `close` was called and the threads may be gone."""
        with self._closing:
            if self._closed.is_set():
                return False
            for job in jobs:
                self._queue.put(job)
            return True

    def adopt(self, jobs: Sequence[Job], begin: str) -> bool:
        """Queue another executor's jobs, to begin as they do there; False if not connected."""
        if not self.is_connected():
            return False
        for job in jobs:
            job.alone, job.begin = True, begin
        return self._requeue(jobs)

    def _fill(self, jobs: list[Job]) -> bool:
        """Add this thread's share of the queue to `jobs`; return False if `close` ended it."""
        share = -(-self._queue.qsize() // len(self._threads))
        keys = 0
        try:
            while len(jobs) <= min(share, BATCH_MAX - 1) and not jobs[-1].alone:
                if (keys := keys + len(jobs[-1].keys)) >= KEYS_MAX:
                    break
                job = self._queue.get_nowait()
                if job is None:
                    return False
                jobs.append(job)
        except Empty:
            pass
        return True


def _batches(jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
    """Return the jobs of each transaction. `adopt` makes jobs `alone`, so cut before any runs."""
    together = [job for job in jobs if not job.alone]
    alone = [[job] for job in jobs if job.alone]
    return [together, *alone] if together else alone


def _run_all(link: Link, jobs: Sequence[Job]) -> Sequence[Job]:
    """Run the jobs; return those at the end that did not run for want of a connection."""
    try:
        if _try(link, jobs, savepoints=False) or _try(link, jobs, savepoints=True):
            return ()
    except UnreachableError:
        return jobs
    except InDoubtError:
        _fail(jobs, link.cause)
        return ()
    return _run_one_by_one(link, jobs)


def _try(link: Link, jobs: Sequence[Job], *, savepoints: bool) -> bool:
    try:
        link.transact(jobs, savepoints=savepoints)
    except RolledBackError:
        return False
    return True


def _run_one_by_one(link: Link, jobs: Sequence[Job]) -> Sequence[Job]:
    deadline = monotonic() + ONE_BY_ONE_SECONDS
    for at, job in enumerate(jobs):
        try:
            committed = monotonic() < deadline and any(
                _try(link, [job], savepoints=True) for _ in range(ATTEMPTS_MAX)
            )
        except UnreachableError:
            return jobs[at:]
        except InDoubtError:
            committed = False
        if not committed:
            _fail([job], link.cause)
    return ()


def _fail(jobs: Sequence[Job], cause: str) -> None:
    for job in jobs:
        job.error = UnavailableError("the database did not answer", cause=cause)


def _resolve(jobs: Sequence[Job]) -> None:
    """Resolve the jobs' futures, with one call into each event loop."""
    for loop in {job.loop for job in jobs}:
        with suppress(RuntimeError):  # the loop is closed: nothing awaits them any more
            loop.call_soon_threadsafe(_set_results, [job for job in jobs if job.loop is loop])


def _set_results(jobs: Sequence[Job]) -> None:
    for job in jobs:
        if job.future.done():  # its caller gave up
            continue
        if job.error is None:
            job.future.set_result(job.result)
        else:
            job.future.set_exception(job.error)
