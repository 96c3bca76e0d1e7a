import { endpointOf, readConnection } from '../../../scripts/deploy/connection';

describe('the endpoint that is called', () => {
  it.each<[string, Record<string, string>, string | undefined]>([
    ['Tencent’s client’s own, if nothing is set', {}, undefined],
    ['that of international accounts', { TENCENT_ENDPOINT: 'intl' }, 'scf.intl.tencentcloudapi.com'],
    ['a fake one on this machine', { TENCENT_SCF_ENDPOINT: '127.0.0.1:1' }, '127.0.0.1:1'],
    [
      'a fake one on this machine, for an international account too',
      { TENCENT_ENDPOINT: 'intl', TENCENT_SCF_ENDPOINT: '127.0.0.1:1' },
      '127.0.0.1:1',
    ],
    ['no host that a variable names', { TENCENT_ENDPOINT: 'scf.evil.example' }, undefined],
  ])('is %s', (_what, environment, expected) => {
    expect(endpointOf(readConnection(environment))).toBe(expected);
  });
});

it('a value of TENCENT_ENDPOINT that is none is reported', () => {
  expect(readConnection({ TENCENT_ENDPOINT: 'international' }).unknownEndpoint).toBe(true);
  expect(readConnection({ TENCENT_ENDPOINT: 'intl' }).unknownEndpoint).toBeUndefined();
  expect(readConnection({}).unknownEndpoint).toBeUndefined();
});
