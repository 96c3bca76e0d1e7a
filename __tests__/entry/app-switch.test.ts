import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createApp, type App } from '../../src/app/app';
import { AppSwitch } from '../../src/entry/app-switch';
import { readConfig, type Config } from '../../src/config/read-config';

const config = (key: string) =>
  readConfig({ OPENAI_API_KEYS: `sk-kept-0123456789,${key}`, ACCESS_TOKENS: 'token-0123456789abc' });
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
const effects = {
  logger: quiet,
  facts: { version: '', commit: '', region: null, functionName: null },
  random: () => 0,
  now: () => 0,
  newId: () => 'id',
  onScf: false,
};

function switchOf(first: Config, inUse: (readonly Config[])[] = [], made: WeakRef<App>[] = []): AppSwitch {
  return new AppSwitch(first, {
    make(newest, previous) {
      const app = createApp(newest, effects, previous);
      made.push(new WeakRef(app));
      return app;
    },
    onConfigs: (configs) => inUse.push(configs),
  });
}

it('Both configurations are in use from before the new one begins until the last request of the old one has ended.', async () => {
  const [one, two] = [config('sk-one-0123456789'), config('sk-two-0123456789')];
  const inUse: (readonly Config[])[] = [];
  const app = switchOf(one, inUse);
  await app.replace(two);
  expect(inUse).toEqual([[one], [one, two], [two]]);
  expect(app.config).toBe(two);
});

it('Of configurations that were replaced nothing is kept.', async () => {
  const made: WeakRef<App>[] = [];
  const app = switchOf(config('sk-0-0123456789'), [], made);
  for (let at = 1; at <= 4; at++) await app.replace(config(`sk-${at}-0123456789`));
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await new Promise((resolve) => setImmediate(resolve)); // a WeakRef holds its object for the rest of a turn
  collect();
  expect(made.map((ref) => ref.deref() !== undefined)).toEqual([false, false, false, false, true]);
  expect(app.busy()).toBe(false);
});
