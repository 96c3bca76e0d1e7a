import { setImmediate as nextTurn } from 'node:timers/promises';
import { inTurn, usesUpTurn } from '../../../src/proxy/body/body-turns';

const SLICE_BYTES = 256 * 1024;

it('inTurn writes a megabyte in one turn of all bodies, and the rest in order in later turns', async () => {
  await nextTurn();
  const written: number[] = [];
  for (let body = 0; body < 10; body++) inTurn(SLICE_BYTES, () => written.push(body));
  expect(written).toEqual([0, 1, 2, 3]);
  await nextTurn();
  expect(written).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  await nextTurn();
  expect(written).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

it('inTurn can be called again from a write', async () => {
  await nextTurn();
  let slices = 0;
  const write = () => {
    if (++slices < 9) inTurn(SLICE_BYTES, write);
  };
  inTurn(SLICE_BYTES, write);
  expect(slices).toBe(4);
  await nextTurn();
  await nextTurn();
  expect(slices).toBe(9);
});

it('usesUpTurn counts what was read together with what is written', async () => {
  await nextTurn();
  const CHUNK_BYTES = 64 * 1024;
  const used = Array.from({ length: 8 }, () => usesUpTurn(CHUNK_BYTES));
  expect(used).not.toContain(true);
  inTurn(SLICE_BYTES, () => undefined);
  expect(Array.from({ length: 5 }, () => usesUpTurn(CHUNK_BYTES))).toEqual([false, false, false, true, true]);
  let isResumed = false;
  inTurn(CHUNK_BYTES, () => (isResumed = true));
  expect(isResumed).toBe(false);
  await nextTurn();
  expect(isResumed).toBe(true);
});

it('usesUpTurn does not count the chunks of small requests', async () => {
  await nextTurn();
  for (let request = 0; request < 1_000; request++) expect(usesUpTurn(16 * 1024 - 1)).toBe(false);
});
