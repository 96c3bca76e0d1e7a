import type { KeptObjects } from '../../../src/proxy/owners/kept-objects';
import { OwnerRecorder } from '../../../src/proxy/owners/owner-recorder';
import { ResourceOwners } from '../../../src/proxy/owners/resource-owners';

const KEY_A = 'a'.repeat(16);
const KEY_B = 'b'.repeat(16);
const POOL = 'openai';

const kept = (more: Partial<KeptObjects> = {}): KeptObjects => ({
  ids: ['vs_1'],
  allIds: () => ['vs_1', 'file-deep'],
  verified: ['vs_1'],
  makes: true,
  ...more,
});

function setUp(more: Partial<KeptObjects> = {}) {
  const owners = new ResourceOwners({ isShared: () => true });
  return { owners, recorder: new OwnerRecorder(owners, POOL, kept(more)) };
}

describe('the owner of the objects that a request names', () => {
  it('is found by the ids in its messages as well, once any object is known', () => {
    const { owners, recorder } = setUp();
    expect(recorder.owner()).toBeUndefined();
    owners.record(POOL, 'file-deep', KEY_A);
    expect(recorder.owner()).toBe(KEY_A);
    owners.record(POOL, 'vs_1', KEY_B);
    expect(recorder.owner()).toBe(KEY_B);
  });

  it('takes no search through its messages while nothing is known', () => {
    const allIds = jest.fn(() => ['file-deep']);
    const { recorder } = setUp({ allIds });
    expect(recorder.owner()).toBeUndefined();
    expect(allIds).not.toHaveBeenCalled();
  });

  it.each([
    [['vs_1'], true],
    [[], false],
  ])('can exist if it names any: %j', (ids, names) => {
    expect(setUp({ allIds: () => ids }).recorder.namesObject).toBe(names);
  });
});

describe('a response', () => {
  const CREATED = Buffer.from('{"id": "file-new"}');

  it.each([200, 201, 299])('of %i shows which key has the objects, and which it made', (statusCode) => {
    const { owners, recorder } = setUp();
    const rawHeaders = ['Location', '/v1/realtime/calls/rtc_1'];
    recorder.record({ statusCode, rawHeaders }, KEY_A)?.push(CREATED);
    for (const id of ['vs_1', 'rtc_1', 'file-new'])
      expect([id, owners.ownerOf(POOL, [id])]).toEqual([id, KEY_A]);
    expect(owners.ownerOf(POOL, ['file-deep'])).toBeUndefined(); // nothing proves that one
  });

  it.each([
    ['a status of 199', 199, KEY_A],
    ['a redirect', 302, KEY_A],
    ['a status of 300', 300, KEY_A],
    ['an error', 404, KEY_A],
    ['no status', undefined, KEY_A],
    ['no key', 200, undefined],
  ])('with %s shows nothing', (_what, statusCode, fingerprint) => {
    const { owners, recorder } = setUp();
    const head = {
      rawHeaders: ['Location', '/v1/realtime/calls/rtc_1'],
      ...(statusCode === undefined ? {} : { statusCode }),
    };
    expect(recorder.record(head, fingerprint)).toBeUndefined();
    for (const id of ['vs_1', 'rtc_1']) expect(owners.ownerOf(POOL, [id])).toBeUndefined();
  });

  it('to a request that makes nothing is not read', () => {
    const { owners, recorder } = setUp({ makes: false });
    const rawHeaders = ['Location', '/v1/realtime/calls/rtc_1'];
    expect(recorder.record({ statusCode: 200, rawHeaders }, KEY_A)).toBeUndefined();
    expect(owners.ownerOf(POOL, ['vs_1'])).toBe(KEY_A);
    expect(owners.ownerOf(POOL, ['rtc_1'])).toBeUndefined();
  });

  it('in a coding that cannot be read shows no new object', () => {
    const { owners, recorder } = setUp();
    const tap = recorder.record({ statusCode: 200, rawHeaders: ['Content-Encoding', 'gzip'] }, KEY_A);
    tap?.push(CREATED);
    expect(owners.ownerOf(POOL, ['file-new'])).toBeUndefined();
  });

  it('after the request was released shows nothing', () => {
    const { owners, recorder } = setUp();
    owners.record(POOL, 'vs_1', KEY_B);
    recorder.release();
    expect(recorder.record({ statusCode: 200, rawHeaders: [] }, KEY_A)).toBeUndefined();
    expect(recorder.namesObject).toBe(false);
    expect(recorder.owner()).toBeUndefined();
    expect(owners.ownerOf(POOL, ['vs_1'])).toBe(KEY_B);
  });
});
