import { readClaims, writeClaims, type TokenClaims } from '../../../src/proxy/tokens/claims';
import { Revocations, type Revocation } from '../../../src/proxy/tokens/revocations';
import { SignedTokens, signToken } from '../../../src/proxy/tokens/signed-tokens';

const SECRET = 'a-secret-of-the-tests-0123456789-0123';
const OTHER = 'another-secret-of-the-tests-012345678';
const NOW_S = 1_790_000_000;
const MUM: TokenClaims = {
  name: 'mum',
  issuedAt: NOW_S - 60,
  expiresAt: NOW_S + 3_600,
  limits: {
    requestsPerMinute: 20,
    concurrency: 3,
    tokensPerMinute: 200_000,
    money: { nanoUsd: 5e9, period: 'month' },
    models: ['gpt-5-mini', 'claude-haiku-*', 'x/y_5:free'],
    providers: ['openai'],
  },
};

const NONE = { name: 'mum', issuedAt: 1, expiresAt: undefined };

function verifier(secrets = [SECRET], revoked: Revocation[] = [], nowS = NOW_S): SignedTokens {
  return new SignedTokens(secrets, new Revocations(revoked), () => nowS * 1_000);
}

describe('the claims of a token', () => {
  it.each<[string, TokenClaims]>([
    ['with every limit', MUM],
    ['with none', { name: 'a.b_c-d', issuedAt: 0, expiresAt: undefined, limits: NO_LIMITS() }],
    [
      'with every character that needs an escape',
      { name: 'x', issuedAt: 1, expiresAt: 2, limits: { ...NO_LIMITS(), models: ['a_b*c/d:e@f+g', '_w'] } },
    ],
    ...(['day', 'week', 'month', 'total'] as const).map((period): [string, TokenClaims] => [
      `with money for a ${period}`,
      { ...NONE, limits: { ...NO_LIMITS(), money: { nanoUsd: 10_000_000, period } } },
    ]),
    [
      'with the largest limits',
      {
        ...NONE,
        limits: { ...NO_LIMITS(), tokensPerMinute: 1e9, money: { nanoUsd: 1e15, period: 'day' } },
      },
    ],
  ])('are read as they were written: %s', (_what, claims) => {
    const text = writeClaims(claims);
    expect(text).toMatch(/^[A-Za-z0-9._~-]+$/);
    expect(readClaims(text)).toEqual(claims);
  });

  it.each([
    ['a limit that this version does not know', 'mum~t1~z5'],
    ['no time of issue', 'mum~r5'],
    ['no name', '~t1'],
    ['a limit twice', 'mum~t1~r5~r6'],
    ['a limit of 0', 'mum~t1~r0'],
    ['a negative limit', 'mum~t1~r-5'],
    ['a limit of a million and one', 'mum~t1~r1000001'],
    ['a limit that is no number', 'mum~t1~rmany'],
    ['no tokens a minute', 'mum~t1~k0'],
    ['negative tokens a minute', 'mum~t1~k-1'],
    ['tokens a minute in another form', 'mum~t1~k1e3'],
    ['too many tokens a minute', 'mum~t1~k1000000001'],
    ['tokens a minute twice', 'mum~t1~k1~k2'],
    ['no money', 'mum~t1~u'],
    ['money of 0', 'mum~t1~u0m'],
    ['money of 0.00', 'mum~t1~u0.00m'],
    ['negative money', 'mum~t1~u-5m'],
    ['money in another form', 'mum~t1~u1e9m'],
    ['a part of a cent', 'mum~t1~u0.001m'],
    ['too much money', 'mum~t1~u1000000.01m'],
    ['money for a window that this version does not know', 'mum~t1~u5y'],
    ['money for two windows', 'mum~t1~u5dm'],
    ['money twice', 'mum~t1~u5m~u5d'],
    ['an empty model', 'mum~t1~m'],
    ['an unknown escape', 'mum~t1~ma_z'],
    ['an escape that is cut off', 'mum~t1~ma_'],
    ['a time beyond the calendar', 'mum~tzzzzzzzz'],
    ['a time in capitals', 'mum~tZ'],
    ['a negative time', 'mum~t-1'],
    ['a limit with a zero in front', 'mum~t1~r05'],
    ['a limit in digits of another script', 'mum~t1~r\u0665'],
    ['money of 10^18', 'mum~t1~u1000000000000000000m'],
    ['an end twice', 'mum~t1~x1~x2'],
    ['nothing', ''],
  ])('are not read from a text with %s', (_what, text) => {
    expect(readClaims(text)).toBeUndefined();
  });
});

function NO_LIMITS() {
  return {
    requestsPerMinute: undefined,
    concurrency: undefined,
    tokensPerMinute: undefined,
    money: undefined,
    models: undefined,
    providers: undefined,
  };
}

describe('a signed token', () => {
  const token = signToken(MUM, SECRET);

  it('has at most 120 characters with a name and every limit, and gives them back', () => {
    expect(token.length).toBeLessThanOrEqual(120);
    expect(verifier().find(token)).toMatchObject({
      name: 'mum',
      id: 'mum~t' + MUM.issuedAt.toString(36),
      limits: MUM.limits,
    });
  });

  it('is valid under an older secret too, as long as that is still listed', () => {
    expect(verifier([OTHER, SECRET]).find(token)?.name).toBe('mum');
    expect(verifier([OTHER]).find(token)).toBeUndefined();
  });

  it.each([
    ['signed with another secret', signToken(MUM, OTHER)],
    ['with a higher limit', token.replace('~r20~', '~r99~')],
    ['with more money', token.replace('~u5m~', '~u5d~')],
    ['with a limit taken out', token.replace('~r20~', '~')],
    ['with another name', token.replace('mum', 'dad')],
    ['cut off by one character', token.slice(0, -1)],
    ['with a character more', `${token}A`],
    ['with the last bits of its signature changed, which base64 ignores', otherSpelling(token)],
    ['without a signature', token.slice(0, token.lastIndexOf('~'))],
    ['with an empty signature', token.slice(0, token.lastIndexOf('~') + 1)],
    ['that is only the prefix', 'slp1~'],
    ['of another version', token.replace('slp1~', 'slp2~')],
    ['with the prefix in capitals', token.replace('slp1~', 'SLP1~')],
    ['twice, one behind the other', token + token],
    ['issued an hour ahead', signToken({ ...MUM, issuedAt: NOW_S + 3_600 }, SECRET)],
    ['longer than any is made', signToken({ ...MUM, name: 'x'.repeat(120) }, SECRET)],
  ])('is not valid: %s', (_what, text) => {
    expect(verifier().find(text)).toBeUndefined();
  });

  it('issued by a clock that is up to five minutes ahead is valid', () => {
    expect(verifier().find(signToken({ ...MUM, issuedAt: NOW_S + 300 }, SECRET))?.name).toBe('mum');
    expect(verifier().find(signToken({ ...MUM, issuedAt: NOW_S + 301 }, SECRET))).toBeUndefined();
  });

  it('that was used is not valid on a clock that is set back to before its issue, nor once it is revoked', () => {
    let nowS = NOW_S;
    const revocations = new Revocations();
    const tokens = new SignedTokens([SECRET], revocations, () => nowS * 1_000);
    expect(tokens.find(token)?.name).toBe('mum');
    nowS = MUM.issuedAt - 301;
    expect(tokens.find(token)).toBeUndefined();
    nowS = NOW_S;
    revocations.follow([{ name: 'mum' }]);
    expect(() => tokens.find(token)).toThrow(expect.objectContaining({ code: 'token-revoked' }) as Error);
  });

  it('whose end is the first second of 1970, or before its issue, is over and not without an end', () => {
    for (const expiresAt of [0, MUM.issuedAt - 1])
      expect(() => verifier().find(signToken({ ...MUM, expiresAt }, SECRET))).toThrow(
        expect.objectContaining({ code: 'token-expired' }) as Error,
      );
  });

  it('expires at its second, also after it was used', () => {
    let nowS = NOW_S;
    const tokens = new SignedTokens([SECRET], new Revocations(), () => nowS * 1_000);
    expect(tokens.find(token)?.name).toBe('mum');
    nowS = NOW_S + 3_600;
    expect(() => tokens.find(token)).toThrow(expect.objectContaining({ code: 'token-expired' }) as Error);
    nowS = NOW_S + 3_599; // a clock that is set back
    expect(tokens.find(token)?.name).toBe('mum');
  });

  it.each<[string, Revocation]>([
    ['its name', { name: 'mum' }],
    ['its id', { name: 'mum', issuedAt: MUM.issuedAt }],
    ['its time', { before: NOW_S }],
  ])('is revoked by %s', (_what, revocation) => {
    expect(() => verifier([SECRET], [revocation]).find(token)).toThrow(
      expect.objectContaining({ code: 'token-revoked' }) as Error,
    );
  });

  it.each<[string, Revocation]>([
    ['another name', { name: 'mu' }],
    ['another id of its name', { name: 'mum', issuedAt: MUM.issuedAt + 1 }],
    ['the second of its issue', { before: MUM.issuedAt }],
  ])('is not revoked by %s', (_what, revocation) => {
    expect(verifier([SECRET], [revocation]).find(token)?.name).toBe('mum');
  });

  it('says that it expired or was revoked only if it was signed here', () => {
    const forged = signToken({ ...MUM, expiresAt: 1 }, OTHER);
    expect(verifier([SECRET], [{ name: 'mum' }]).find(forged)).toBeUndefined();
  });
});

/** The last character of 128 bits in base64url holds four bits that mean nothing. */
function otherSpelling(token: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  const last = alphabet.indexOf(token.slice(-1));
  return token.slice(0, -1) + alphabet.charAt(last ^ 1);
}
