import { AUDIO, noise, sha256, SPEECH_PATH, UPLOAD_PATH } from '../rig/messages';
import { ask, requestBytes } from '../rig/request';
import { loadRequests } from '../rig/request-load';
import { account } from './account';
import { warmUp } from './chats';
import type { Scenario } from './scenario';
import { whileRunning } from './subject';

const MIB = 1024 * 1024;

/** Large responses: audio to the client. */
export const AUDIO_RESPONSES: Scenario = {
  name: 'audio',
  title: '2 MB audio responses, 8 at a time',
  overTls: false,
  alsoDirect: false,
  inQuick: false,
  figures: [
    { key: 'cpuMs', title: 'CPU per MiB', unit: 'ms', digits: 2, compared: 'ratio' },
    { key: 'mibPerSecond', title: 'MiB per second', unit: '', digits: 0 },
  ],
  measure: (subject, extent) =>
    whileRunning(subject, async (running) => {
      const { target } = running;
      const request = requestBytes(
        target,
        SPEECH_PATH,
        JSON.stringify({ model: 'bench-speech', input: 'Hello', voice: 'alloy' }),
      );
      const first = await ask(target.port, request);
      const wrong = sha256(first.body) === sha256(AUDIO) ? [] : [`status ${first.status}, or not the audio`];
      await warmUp(target);
      const load = { port: target.port, request, concurrency: 8, responseBytes: AUDIO.length };
      await loadRequests({ ...load, durationMs: 300 });
      const durationMs = extent === 'quick' ? 500 : 1_500;
      const [{ bytes, problems }, { cpuSeconds }] = await account(running, () =>
        loadRequests({ ...load, durationMs }),
      );
      return {
        figures: {
          cpuMs: (cpuSeconds * 1_000) / (bytes / MIB),
          mibPerSecond: bytes / MIB / (durationMs / 1_000),
        },
        problems: [...wrong, ...problems],
      };
    }),
};

const BOUNDARY = '----bench7MA4YWxkTrZu0gW';

/** Large requests: recordings to transcribe. */
export const UPLOADS: Scenario = {
  name: 'upload',
  title: '8 uploads of 25 MB at once',
  overTls: false,
  alsoDirect: false,
  inQuick: true,
  figures: [
    { key: 'growthMib', title: 'memory growth', unit: 'MiB', digits: 1 },
    { key: 'cpuMs', title: 'CPU per upload', unit: 'ms', digits: 0, compared: 'ratio' },
  ],
  measure: (subject) =>
    whileRunning(subject, async (running) => {
      const { target } = running;
      const file = recording();
      const type = `multipart/form-data; boundary=${BOUNDARY}`;
      const request = requestBytes(target, UPLOAD_PATH, form(file), type);
      await warmUp(target);
      const [responses, { cpuSeconds, growth }] = await account(running, () =>
        Promise.all(Array.from({ length: 8 }, () => ask(target.port, request, 30_000))),
      );
      const right = JSON.stringify({ sha256: sha256(file) });
      const wrong = responses.filter(({ body }) => body.toString() !== right);
      return {
        figures: { growthMib: growth / MIB, cpuMs: (cpuSeconds * 1_000) / responses.length },
        problems: wrong.slice(0, 1).map(({ status }) => `${wrong.length} of 8 were wrong (status ${status})`),
      };
    }),
};

function recording(): Buffer {
  return noise(25 * 1024 * 1024, 2);
}

function form(file: Buffer): Buffer {
  const field = 'Content-Disposition: form-data; name=';
  const head = [
    `--${BOUNDARY}\r\n${field}"model"\r\n\r\nwhisper-1\r\n`,
    `--${BOUNDARY}\r\n${field}"file"; filename="a.mp3"\r\nContent-Type: audio/mpeg\r\n\r\n`,
  ];
  return Buffer.concat([Buffer.from(head.join('')), file, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
}
