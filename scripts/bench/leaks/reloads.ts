import type { ChildProcess } from 'node:child_process';
import { writeConfiguration } from './configuration';
import { modelOf, request, type Range } from './load';
import type { LeaksUpstream } from './upstream';
import type { Subject } from '../growth/subject';
import { ask, open } from '../rig/request';

/** The others are read at once, on SIGHUP: the file's own watcher takes half a second. */
const WATCHED_EVERY = 10;
const TAKEN_OVER = 'configuration taken over';
const HAS_PROBLEMS = 'the configuration stays as it was';
const LONGEST_MS = 20_000;

/**
 * Replaces the configuration again and again, each time while a stream runs, which ends or is left afterwards.
 * All its requests are for two models, so that only what belongs to configurations can grow.
 * @throws Error if one is not taken over, or if a request after it fails
 */
export async function reload(
  { port, process: { child } }: Subject,
  upstream: LeaksUpstream,
  { from, count }: Range,
): Promise<void> {
  for (let at = from; at < from + count; at++) {
    const stream = await begun(port, at);
    const taken = takenOver(child);
    writeConfiguration(at + 1); // the process began with version 0
    if (at % WATCHED_EVERY !== 0) child.kill('SIGHUP');
    await taken;
    const { status } = await ask(port, request(port, { model: modelOf('plain', 0), streams: false, at }));
    if (status !== 200) throw new Error(`a request with configuration ${at + 1} got status ${status}`);
    if (at % 2 === 0) upstream.finishHeld();
    else stream.leave();
    await stream.over;
  }
}

/** A stream that has begun. */
function begun(port: number, at: number): Promise<{ leave(): void; readonly over: Promise<void> }> {
  return new Promise((resolve, reject) => {
    let close: () => void = () => undefined;
    const over = new Promise<void>((resolveOver) => (close = resolveOver));
    const leave = () => socket.destroy();
    const listener = {
      onHead: (status: number) => {
        if (status !== 200) reject(new Error(`a stream got status ${status}`));
      },
      onBody: () => resolve({ leave, over }),
      onEnd: leave,
    };
    const socket = open(port, listener, close);
    socket.write(request(port, { model: modelOf('held', 0), streams: true, at }));
  });
}

/** Resolves with the next line of the log that says so. */
function takenOver({ stdout }: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    const onData = (data: Buffer) => {
      log += data.toString('latin1');
      if (log.includes(HAS_PROBLEMS)) end(() => reject(new Error(`a configuration has problems: ${log}`)));
      else if (log.includes(TAKEN_OVER)) end(resolve);
    };
    const timer = setTimeout(
      () => end(() => reject(new Error('a configuration was not taken over'))),
      LONGEST_MS,
    );
    const end = (then: () => void) => {
      clearTimeout(timer);
      stdout?.off('data', onData);
      then();
    };
    stdout?.on('data', onData);
  });
}
