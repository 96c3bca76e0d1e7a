import { openSync, writeSync } from 'node:fs';
import { writePosition, type Report, type Work } from './plan';
import { runPortion } from './run-portion';
import { TARGETS } from './targets';

/** The process that runs the inputs: one that hangs can be ended from outside. */
async function work({ portions, seed, from, positionFile }: Work): Promise<void> {
  const position = openSync(positionFile, 'r+');
  let runs = 0;
  for (const [at, { target: name, inputs }] of portions.entries()) {
    if (at < from.portion) continue;
    const target = TARGETS.find((one) => one.name === name);
    if (!target) throw new Error(`There is no target ${name}.`);
    const part = await runPortion(target, {
      seed,
      inputs,
      from: at === from.portion ? from.index : 0,
      onBegin(index) {
        writeSync(position, writePosition({ portion: at, index }, runs++), 0, undefined, 0);
      },
      onFailure: (failure) => {
        send({ failure });
      },
    });
    send({ part });
  }
  process.disconnect();
}

function send(report: Report): void {
  process.send?.(report);
}

process.once('message', (message) => {
  void work(message as Work);
});
