import { setImmediate as nextTurn } from 'node:timers/promises';
import { writeInTurn } from '../../../src/proxy/body/write-turns';

const SLICE_BYTES = 256 * 1024;

it('writeInTurn writes a megabyte in one turn of all bodies, and the rest in order in later turns', async () => {
  await nextTurn();
  const written: number[] = [];
  for (let body = 0; body < 10; body++) writeInTurn(SLICE_BYTES, () => written.push(body));
  expect(written).toEqual([0, 1, 2, 3]);
  await nextTurn();
  expect(written).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  await nextTurn();
  expect(written).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('writeInTurn can be called again from a write', async () => {
  await nextTurn();
  let slices = 0;
  const write = () => {
    if (++slices < 9) writeInTurn(SLICE_BYTES, write);
  };
  writeInTurn(SLICE_BYTES, write);
  expect(slices).toBe(4);
  await nextTurn();
  await nextTurn();
  expect(slices).toBe(9);
});
