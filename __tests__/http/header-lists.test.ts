import {
  isHiddenFromClient,
  isHiddenFromServerKey,
  isHiddenFromUpstream,
  remembered,
} from '../../src/http/header-lists';

const names = (text: string) => text.trim().split(/\s+/);

const OF_THE_CONNECTION =
  names(`connection expect http2-settings keep-alive proxy-authenticate proxy-authorization
  proxy-connection te trailer transfer-encoding upgrade`);

const SECRETS =
  names(`authorization x-api-key api-key x-goog-api-key cookie cookie2 x-amz-security-token x-csrf-token
  x-goog-iam-authorization-token x-serverless-authorization x-xsrf-token`);

const OF_THE_CLIENT =
  names(`x-proxy-from-sister cdn-loop client-ip fastly-client-ip forwarded forwarded-for http-client-ip
  incap-client-ip origin proxy-client-ip referer remote-addr rndr-id true-client-ip via wl-proxy-client-ip x-api-requestid
  x-client-ip x-cluster-client-ip x-coming-from x-forwarded x-host x-originating-ip x-proxyuser-ip x-remote-addr x-remote-ip
  x-sucuri-clientip x-true-client-ip x-cloud-trace-context ali-cdn-real-ip cf-ray cloudfront-viewer-address
  eo-connecting-ip fly-region sec-fetch-site x-amz-cf-id x-amzn-trace-id x-appengine-country x-arr-log-id x-azure-fdid
  x-cdn-loop x-envoy-peer-metadata x-forwarded-for x-nf-client-connection-ip x-nginx-proxy x-original-host x-qcloud-host
  x-real-ip x-scf-remote-addr x-tencent-ua x-vercel-id`);

const OF_AN_ACCOUNT =
  names(`anthropic-organization-id anthropic-workspace-id chatgpt-account-id openai-organization
  openai-project x-dashscope-workspace x-goog-iam-authority-selector x-goog-user-project`);

const OF_THE_REQUEST =
  names(`accept accept-encoding content-type content-encoding user-agent anthropic-version openai-beta
  x-app origins hosts x-forward vias refer x-real section x-amz-date x-amz-cfid x-stainless-lang http-referer`);

describe('the headers that are kept from', () => {
  it.each([...OF_THE_CONNECTION, ...SECRETS, ...OF_THE_CLIENT, 'host', 'content-length'])(
    'the provider: %s',
    (name) => {
      expect([isHiddenFromUpstream(name), isHiddenFromUpstream(name.toUpperCase())]).toEqual([true, true]);
      expect(isHiddenFromServerKey(name)).toBe(true);
    },
  );

  it.each(OF_AN_ACCOUNT)('the provider with a server’s key alone: %s', (name) => {
    expect([isHiddenFromUpstream(name), isHiddenFromServerKey(name)]).toEqual([false, true]);
  });

  it.each(OF_THE_REQUEST)('nobody: %s', (name) => {
    expect([isHiddenFromUpstream(name), isHiddenFromServerKey(name), isHiddenFromClient(name)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it.each([
    ...OF_THE_CONNECTION,
    ...names(`alt-svc clear-site-data strict-transport-security set-cookie set-cookie2 x-proxy-request-id
      access-control-allow-origin access-control-max-age`),
  ])('the client: %s', (name) => {
    expect([isHiddenFromClient(name), isHiddenFromClient(name.toUpperCase())]).toEqual([true, true]);
  });

  it.each(['content-length', 'x-ratelimit-remaining', 'access-token', 'retry-after', 'cookie'])(
    'not the client: %s',
    (name) => {
      expect(isHiddenFromClient(name)).toBe(false);
    },
  );
});

describe('the memory of header names', () => {
  const isKept = (lower: string) => lower.startsWith('x-kept');

  it('decides each name once, as it is written', () => {
    let decided = 0;
    const asks = remembered((lower) => {
      decided++;
      return isKept(lower);
    });
    for (let request = 0; request < 100; request++) {
      expect(asks('X-Kept-One')).toBe(true);
      expect(asks('Accept')).toBe(false);
    }
    expect(decided).toBe(2);
  });

  it('is bounded, and stores a real name after any number of invented ones', () => {
    const known = new Map<string, boolean>();
    const asks = remembered(isKept, known);
    let most = 0;
    for (let made = 0; made < 10_000; made++) {
      asks(`x-made-up-${made}`);
      most = Math.max(most, known.size);
    }
    expect(most).toBeLessThanOrEqual(1_000);
    asks('Content-Type');
    expect(known.has('Content-Type')).toBe(true);
  });

  it('does not store a name that is longer than real ones, but still decides it correctly', () => {
    const known = new Map<string, boolean>();
    const asks = remembered(isKept, known);
    expect(asks(`X-Kept-${'x'.repeat(32_000)}`)).toBe(true);
    expect(asks('y'.repeat(65))).toBe(false);
    expect(known.size).toBe(0);
    expect(isHiddenFromUpstream(`x-forwarded-${'x'.repeat(100)}`)).toBe(true);
  });
});
