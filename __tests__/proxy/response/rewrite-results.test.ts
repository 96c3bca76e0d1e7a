import { withOwnMember } from '../../../src/proxy/response/rewrite-results';

const own = (address: string) => (address.startsWith('https://api.example/') ? 'https://mine/x' : undefined);
const changed = (json: string) => withOwnMember(Buffer.from(json), 'results_url', own).toString();

describe('withOwnMember', () => {
  it.each([
    [
      '{"a":1.0, "results_url" : "https://api.example/r" ,"b":"é你"}',
      '{"a":1.0, "results_url" : "https://mine/x" ,"b":"é你"}',
    ],
    [
      '{"data":[{"results_url":"https://api.example/1"},{"results_url":null},{"results_url":"https://api.example/2"}]}',
      '{"data":[{"results_url":"https://mine/x"},{"results_url":null},{"results_url":"https://mine/x"}]}',
    ],
    ['{"results_url":"https:\\/\\/api.example\\/r"}', '{"results_url":"https://mine/x"}'],
  ])('changes the address in %s, and no other byte', (json, expected) => {
    expect(changed(json)).toBe(expected);
  });

  it.each([
    '{"results_url":"https://elsewhere.example/r"}',
    '{"other":"https://api.example/r"}',
    '{"text":"\\"results_url\\":\\"https://api.example/r\\""}',
    '{"results_url":"https://api.example/\\u0041"}',
    '{"results_url":"https://api.example/\\""}',
    '{"results_url":',
  ])('does not change %s', (json) => {
    const bytes = Buffer.from(json);
    expect(withOwnMember(bytes, 'results_url', own)).toBe(bytes);
  });
});
