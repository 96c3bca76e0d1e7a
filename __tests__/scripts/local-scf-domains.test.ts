import { scf } from 'tencentcloud-sdk-nodejs-scf';
import { ZipFile } from 'yazl';
import { startLocalScf, type LocalScf } from '../../scripts/local-scf';

const REGION = 'ap-singapore';
const NAME = 'proxy';
const DOMAIN = 'llm.example.com';
const TARGET = `1250000000.${REGION}.tencentscf.com`;
const { Client } = scf.v20180416;

let local: LocalScf;
let client: InstanceType<typeof Client>;
let cname: string | undefined;

beforeEach(async () => {
  cname = undefined;
  local = await startLocalScf({
    transitionMs: 1,
    domains: { cnameOf: (name) => (name === DOMAIN ? cname : undefined), certificates: { cert1: DOMAIN } },
  });
  client = new Client({
    credential: local.credentials,
    region: REGION,
    profile: { httpProfile: { protocol: 'http://', endpoint: local.endpoint } },
  });
});
afterEach(() => local.close());

async function createFunction(): Promise<void> {
  const archive = new ZipFile();
  archive.addBuffer(Buffer.from('#!/bin/bash\n'), 'scf_bootstrap', { mode: 0o755 });
  archive.end();
  const chunks: Buffer[] = [];
  for await (const chunk of archive.outputStream) chunks.push(chunk as Buffer);
  await client.CreateFunction({
    FunctionName: NAME,
    Runtime: 'Nodejs20.19',
    Type: 'HTTP',
    Code: { ZipFile: Buffer.concat(chunks).toString('base64') },
  });
  await active();
}

async function active(): Promise<void> {
  while ((await client.GetFunction({ FunctionName: NAME })).Status !== 'Active')
    await new Promise((resolve) => setTimeout(resolve, 5));
}

const createUrl = () =>
  client.CreateTrigger({
    FunctionName: NAME,
    TriggerName: 'url-trigger',
    Type: 'http',
    Qualifier: '$DEFAULT',
    TriggerDesc: '{"AuthType":"NONE","NetConfig":{"EnableIntranet":false,"EnableExtranet":true}}',
  });
const endpoint = { Namespace: 'default', FunctionName: NAME, Qualifier: '$DEFAULT', PathMatch: '/*' };
const createDomain = (CertificateId = 'cert1') =>
  client.CreateCustomDomain({
    Domain: DOMAIN,
    Protocol: 'HTTPS',
    EndpointsConfig: [endpoint],
    CertConfig: { CertificateId },
  });

async function codeOf(call: Promise<unknown>): Promise<string> {
  const error: unknown = await call.catch((thrown: unknown) => thrown);
  return String((error as { readonly code?: unknown }).code);
}

/** The API refuses a trigger for a moment after the function is Active. */
async function untilAccepted(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      if (!String((error as { readonly code?: unknown }).code).startsWith('FailedOperation.')) throw error;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

describe('custom domains of the local SCF', () => {
  it('need a URL, a DNS record and a certificate, and keep the function from being deleted', async () => {
    expect(await codeOf(client.GetCustomDomain({ Domain: DOMAIN }))).toBe('FailedOperation.Domain.UnExist');
    await createFunction();
    expect(await codeOf(createDomain())).toBe('ResourceNotFound.Trigger');
    await untilAccepted(createUrl);
    expect(await codeOf(createDomain())).toBe('FailedOperation.CNAME');
    cname = '1250000000.ap-tokyo.tencentscf.com'; // that of another region
    expect(await codeOf(createDomain())).toBe('FailedOperation.CNAME');
    cname = TARGET;
    expect(await codeOf(createDomain('cert2'))).toBe('FailedOperation.Ssl');
    await createDomain();
    expect(await codeOf(createDomain())).toBe('ResourceInUse.Domain');
    expect(await client.GetCustomDomain({ Domain: DOMAIN })).toMatchObject({
      Domain: DOMAIN,
      Protocol: 'HTTPS',
      EndpointsConfig: [endpoint],
      CertConfig: { CertificateId: 'cert1' },
    });
    await client.UpdateCustomDomain({ Domain: DOMAIN, Protocol: 'HTTP&HTTPS' });
    expect(await client.GetCustomDomain({ Domain: DOMAIN })).toMatchObject({ Protocol: 'HTTP&HTTPS' });
    expect(await codeOf(client.DeleteFunction({ FunctionName: NAME }))).toBe(
      'FailedOperation.DeleteTrigger.UrlUsed',
    );
    await client.DeleteCustomDomain({ Domain: DOMAIN });
    expect(await codeOf(client.DeleteCustomDomain({ Domain: DOMAIN }))).toBe(
      'FailedOperation.Domain.UnExist',
    );
    await client.DeleteFunction({ FunctionName: NAME });
  });
});

describe('versions of the local SCF', () => {
  it('stay as they were, and an alias can only lead to those that there are', async () => {
    await createFunction();
    expect(await client.GetAlias({ FunctionName: NAME, Name: '$DEFAULT' })).toMatchObject({
      FunctionVersion: '$LATEST',
    });
    expect(await client.PublishVersion({ FunctionName: NAME, Description: 'one' })).toMatchObject({
      FunctionVersion: '1',
    });
    await untilAccepted(() => client.UpdateFunctionConfiguration({ FunctionName: NAME, MemorySize: 256 }));
    await active();
    expect(await client.GetFunction({ FunctionName: NAME, Qualifier: '1' })).toMatchObject({
      MemorySize: 128,
      FunctionVersion: '1',
      Description: 'one',
    });
    const alias = { FunctionName: NAME, Name: '$DEFAULT' };
    expect(await codeOf(client.UpdateAlias({ ...alias, FunctionVersion: '2' }))).toBe(
      'ResourceNotFound.FunctionVersion',
    );
    const weights = (Version: string, Weight: number) => ({
      RoutingConfig: { AdditionalVersionWeights: [{ Version, Weight }] },
    });
    for (const wrong of [weights('1', 0.5), weights('$LATEST', 1.5)])
      expect(await codeOf(client.UpdateAlias({ ...alias, FunctionVersion: '1', ...wrong }))).toBe(
        'InvalidParameterValue.RoutingConfig',
      );
    await client.UpdateAlias({ ...alias, FunctionVersion: '1', ...weights('$LATEST', 0.25) });
    expect(await client.GetAlias(alias)).toMatchObject({
      FunctionVersion: '1',
      RoutingConfig: { AdditionalVersionWeights: [{ Version: '$LATEST', Weight: 0.25 }] },
    });
    const list = await client.ListVersionByFunction({ FunctionName: NAME, Limit: 1, Offset: 1 });
    expect(list).toMatchObject({ FunctionVersion: ['1'], TotalCount: 2 });
  });
});
