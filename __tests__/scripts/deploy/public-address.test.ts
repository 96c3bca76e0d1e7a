import { egressAddresses, findPublicUrl, hasPlatformCors } from '../../../scripts/deploy/public-address';
import { settingsWith } from './project';

const { trigger: WANTED } = settingsWith();
const URL = 'https://1300000000-abcdefghij.ap-singapore.tencentscf.com';

const trigger = (fields: object) => ({ Type: 'http', Qualifier: '$DEFAULT', ...fields });
const inDesc = (desc: object) => [trigger({ TriggerDesc: JSON.stringify(desc) })];
const found = (triggers: object[], there: object = {}) => ({
  triggers,
  function: there,
  codeSha256: undefined,
});

describe('findPublicUrl', () => {
  it.each([
    ['lists', '['.repeat(20_000) + ']'.repeat(20_000)],
    ['objects', '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000)],
  ])(
    'is none in a description of %s that are nested without an end, and exhausts no stack',
    (_what, TriggerDesc) => {
      expect(findPublicUrl(found([trigger({ TriggerDesc })]), WANTED, false)).toBeUndefined();
    },
  );

  it.each([
    [
      'in NetConfig.ExtranetUrl, among all addresses of Tencent’s example',
      found(
        inDesc({
          NetConfig: {
            EnableIntranet: true,
            IntranetUrl: URL.replace('.ap', '.in.ap'),
            IntranetHTTPUrl: URL.replace('.ap', '.in.ap').replace('https', 'http'),
            ExtranetHTTPUrl: URL.replace('https', 'http'),
            ExtranetUrl: URL,
            WssExtranetUrl: URL.replace('https', 'wss'),
          },
        }),
      ),
    ],
    [
      'in NetConfig.ExtranetUrl before any other https address',
      found(inDesc({ Another: URL.replace('abc', 'xyz'), NetConfig: { ExtranetUrl: `${URL}/` } })),
    ],
    ['in TriggerDesc if ExtranetUrl is empty', found(inDesc({ Url: URL, NetConfig: { ExtranetUrl: '' } }))],
    ['in TriggerDesc', found(inDesc({ NetConfig: { ExtranetUrl: URL } }))],
    ['deeper in it, in JSON in JSON', found(inDesc({ a: JSON.stringify([{ b: `${URL}/` }]) }))],
    ['in a field of its own', found([trigger({ BoundResources: URL })])],
    ['inside a sentence', found([trigger({ Description: `Call "${URL}", please` })])],
    ['only in the function', found([], { AccessInfo: { Host: URL } })],
    ['beside an internal one', found(inDesc({ IntranetUrl: URL.replace('abc', 'xyz'), Url: URL }))],
    ['beside a plain one', found(inDesc({ a: URL.replace('https', 'http'), b: URL }))],
    [
      'of another qualifier last',
      found([{ ...trigger({ x: URL.replace('abc', 'old') }), Qualifier: '$LATEST' }, trigger({ x: URL })]),
    ],
  ])('finds it %s', (_where, responses) => {
    expect(findPublicUrl(responses, WANTED, false)).toBe(URL);
  });

  it.each([
    ['nothing', found([])],
    ['a URL of others', found(inDesc({ Url: 'https://example.com' }))],
    [
      'a look-alike',
      found(inDesc({ Url: 'https://tencentscf.com.example.com', b: 'https://eviltencentscf.com' })),
    ],
    ['a variable of ours', found([], { Environment: { Variables: [{ Key: 'A', Value: URL }] } })],
    ['this machine', found(inDesc({ Url: 'http://127.0.0.1:8080' }))],
    ['half a JSON', found([trigger({ TriggerDesc: '{"Url":' })])],
  ])('finds none in %s', (_what, responses) => {
    expect(findPublicUrl(responses, WANTED, false)).toBeUndefined();
  });

  it('accepts this machine’s address from a local API', () => {
    const url = 'http://127.0.0.1:8080';
    expect(findPublicUrl(found(inDesc({ Url: url })), WANTED, true)).toBe(url);
    expect(findPublicUrl(found(inDesc({ Url: URL })), WANTED, true)).toBeUndefined();
  });
});

it.each<[string, object[], boolean]>([
  ['on', inDesc({ CorsConfig: { Enable: true, Origins: ['*'] } }), true],
  ['off', inDesc({ CorsConfig: { Enable: false } }), false],
  ['off, by null', inDesc({ CorsConfig: null }), false],
  ['off, since it is not mentioned', inDesc({}), false],
  ['off in a description that cannot be read', [trigger({ TriggerDesc: '{' })], false],
  ['off where there is no trigger', [], false],
])('the platform’s CORS is %s', (_what, triggers, expected) => {
  expect(hasPlatformCors({ triggers }, WANTED)).toBe(expected);
});

describe('egressAddresses', () => {
  it('reads both fields, each address once', () => {
    const there = {
      PublicNetConfig: { EipConfig: { EipAddress: ['203.0.113.1', '203.0.113.2'] } },
      EipConfig: { Eips: ['203.0.113.2', ''] },
    };
    expect(egressAddresses({ function: there })).toEqual(['203.0.113.1', '203.0.113.2']);
    expect(egressAddresses({ function: {} })).toEqual([]);
  });
});
