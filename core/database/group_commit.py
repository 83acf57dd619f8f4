"""Threads that run queued operations in shared transactions: group commit.

A batch is tried the cheap way first, all operations in one transaction. If one of them fails,
everything is undone and tried again with a savepoint each, so that it fails alone. If the
transaction itself fails (a deadlock, a lost connection), each is tried in one of its own.

A thread that has no connection leaves the work to those that have one. Where no thread has one,
work fails at once, with the cause.
"""

from collections.abc import Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from time import monotonic, sleep

from core.database.causes import Report, unheard
from core.database.drivers import Access, Driver
from core.database.links import InDoubtError, Job, Link, UndoneError, UnreachableError
from core.database.unavailable import UnavailableError

BATCH_MAX = 256  # operations in one transaction
KEYS_MAX = 80  # with so many none is added: PostgreSQL has room for 64 locks a connection
TRIES_MAX = 3  # of one operation alone
PATIENCE_SECONDS = 10.0  # for operations one by one; who called has given up by then
CLOSING_SECONDS = 0.02  # between looks whether another thread has finished and disconnected
CONNECTING_SECONDS = 1.0  # for another who connects now, and a server that lets go of ours


class Worker:
    """A queue of jobs and the threads that carry them out, each on a connection of its own.

    `relief` takes the jobs over where none of these threads can connect, and some of its own have.
    """

    def __init__(
        self,
        driver: Driver,
        access: Access,
        *,
        relief: "Worker | None" = None,
        report: Report = unheard,
    ) -> None:
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._shares, self._begin, self._relief = driver.shares, access.begin, relief
        self._closing, self._closed = Lock(), Event()
        self._links = [Link(driver, access, report) for _ in range(access.threads)]
        self._threads = [
            Thread(target=self._work, args=(link,), daemon=True) for link in self._links
        ]
        for thread in self._threads:
            thread.start()

    def waiting(self) -> int:
        """Return how many jobs nobody has begun."""
        return self._queue.qsize()

    def take(self, job: Job) -> None:
        """Queue a job. Where one writes at a time, none waits for another's rows."""
        job.alone, job.keys = job.alone and self._shares, job.keys if self._shares else ()
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
            if not link.is_open and self.is_connected() and self._put_back([job]):
                self._rest(link)
                continue
            jobs = [job]
            more = self._fill(jobs)
            for part in _parts([job for job in jobs if not job.future.done()]):
                self._see_to(link, part)
            if not more:
                break
        link.disconnect()

    def _see_to(self, link: Link, jobs: Sequence[Job]) -> None:
        """Carry jobs out, or hand them on; where nobody has a connection, they fail."""
        patient_until = monotonic() + CONNECTING_SECONDS
        while jobs:
            left = _carry_out(link, jobs)
            _tell(jobs[: len(jobs) - len(left)])
            if not left or self._hand_on(link, left):
                return
            if not self._will_be_free(patient_until):
                _fail(left, link.cause)
                _tell(left)
                return
            sleep(CLOSING_SECONDS)
            jobs = left

    def _hand_on(self, link: Link, jobs: Sequence[Job]) -> bool:
        """Leave jobs to who has a connection; say whether anybody takes them."""
        if self.is_connected() and self._put_back(jobs):
            self._rest(link)
            return True
        return self._relief is not None and self._relief.help_out(jobs, self._begin)

    def _will_be_free(self, patient_until: float) -> bool:
        """Say whether a connection will soon be free: others finish, and then give theirs back."""
        workers = [self] if self._relief is None else [self, self._relief]
        if any(worker.is_connected() for worker in workers):
            return True
        soon = self._closed.is_set() or any(worker.is_connecting() for worker in workers)
        return soon and monotonic() < patient_until

    def _rest(self, link: Link) -> None:
        """Connect, or leave the work to the others for a while."""
        if not link.connect():
            link.rest(self._closed)

    def is_connected(self) -> bool:
        """Say whether any of the threads has a connection."""
        return any(link.is_open for link in self._links)

    def is_connecting(self) -> bool:
        """Say whether any of the threads may have a connection in a moment."""
        return any(link.is_connecting for link in self._links)

    def _put_back(self, jobs: Sequence[Job]) -> bool:
        """Queue jobs again, unless they would come after the last words of `close`."""
        with self._closing:
            if self._closed.is_set():
                return False
            for job in jobs:
                self._queue.put(job)
            return True

    def help_out(self, jobs: Sequence[Job], begin: str) -> bool:
        """Take over another worker's jobs, begun its way, if there is a connection; say so."""
        if not self.is_connected():
            return False
        for job in jobs:
            job.alone, job.begin = True, begin
        return self._put_back(jobs)

    def _fill(self, jobs: list[Job]) -> bool:
        """Add this thread's share of what waits; say whether there is more to come."""
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


def _parts(jobs: Sequence[Job]) -> Sequence[Sequence[Job]]:
    """Return what is carried out together: all, but one that would be alone.

    Cut before any is carried out: a job that is handed over on the way becomes `alone`.
    """
    together = [job for job in jobs if not job.alone]
    alone = [[job] for job in jobs if job.alone]
    return [together, *alone] if together else alone


def _carry_out(link: Link, jobs: Sequence[Job]) -> Sequence[Job]:
    """Carry jobs out; return the last ones, of which nothing is done for want of a connection."""
    try:
        if _try(link, jobs, guarded=False) or _try(link, jobs, guarded=True):
            return ()
    except UnreachableError:
        return jobs
    except InDoubtError:
        _fail(jobs, link.cause)
        return ()
    return _one_by_one(link, jobs)


def _try(link: Link, jobs: Sequence[Job], *, guarded: bool) -> bool:
    try:
        link.transact(jobs, guarded=guarded)
    except UndoneError:
        return False
    return True


def _one_by_one(link: Link, jobs: Sequence[Job]) -> Sequence[Job]:
    deadline = monotonic() + PATIENCE_SECONDS
    for at, job in enumerate(jobs):
        try:
            kept = monotonic() < deadline and any(
                _try(link, [job], guarded=True) for _ in range(TRIES_MAX)
            )
        except UnreachableError:
            return jobs[at:]
        except InDoubtError:
            kept = False
        if not kept:
            _fail([job], link.cause)
    return ()


def _fail(jobs: Sequence[Job], cause: str) -> None:
    for job in jobs:
        job.error = UnavailableError("the database did not answer", cause=cause)


def _tell(jobs: Sequence[Job]) -> None:
    for loop in {job.loop for job in jobs}:
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(_resolve, [job for job in jobs if job.loop is loop])


def _resolve(jobs: Sequence[Job]) -> None:
    for job in jobs:
        job.resolve()
