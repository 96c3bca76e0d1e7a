import { hashOf, pagePolicy } from '../../src/http/page-policy';

describe('the policy of a page', () => {
  it('allows its own scripts and style sheet, and nothing else', () => {
    const policy = pagePolicy({ scripts: ['sha256-a', 'sha256-b'], style: '', trustedTypes: 'one two' });
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      "script-src 'sha256-a' 'sha256-b' 'strict-dynamic'",
      "style-src 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
      'img-src data:',
      "connect-src 'self'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      'trusted-types one two',
    ]);
  });

  it('has hashes as browsers make them', () => {
    // echo -n "alert('Hello, world.');" | openssl dgst -sha256 -binary | openssl base64
    expect(hashOf("alert('Hello, world.');")).toBe('sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng=');
  });
});
