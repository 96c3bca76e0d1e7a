import http, { type IncomingMessage, type RequestListener } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { ApiError } from '../../scripts/local-scf/api-error';
import { verifySignature, type Credentials } from '../../scripts/local-scf/signature';
import { makeCertificates } from './certificates';
import { verifySignatureV1 } from './signature-v1';

const SLS = 'sls.tencentcloudapi.com';
const CAM = 'cam.tencentcloudapi.com';
const SCF = 'scf.tencentcloudapi.com';
const COS = 'sls-cloudfunction-ap-guangzhou-code.cos.ap-guangzhou.myqcloud.com';
/** Plain http: which roles the account still lacks. The address that Tencent is switching off. */
const ROLES = 'service-ocnymoks-1258344699.gz.apigw.tencentcs.com';
/** Where the CLI reports its use and asks for advertisements. */
const METRICS = 'service-9p6tdp4y-1300963013.gz.apigw.tencentcs.com';

const HOSTS = [SLS, CAM, SCF, COS, ROLES, METRICS];

/** What the control plane does with RunComponent. */
export type Conduct =
  /** Runs the component. */
  | 'deploys'
  /** Accepts it and does nothing; the instance is still `active` from an earlier deployment. */
  | 'ignores'
  /** Runs it, and the component fails. */
  | 'fails'
  /** Runs it, but the role address responds with a page. */
  | 'roles-gone';

/** An instance as the CLI describes it in RunComponent. */
export interface RunInstance {
  readonly componentName: string;
  readonly instanceName: string;
  readonly inputs: {
    readonly name: string;
    readonly description?: string;
    readonly environment?: { readonly variables: Readonly<Record<string, string>> };
    readonly [key: string]: unknown;
  };
}

interface Run {
  readonly instance: RunInstance;
  readonly method: string;
  readonly credentials: { readonly tencent: Readonly<Record<string, string>> };
}

export interface FakeControlPlane {
  /** Every call, as `host action` or `host METHOD`. */
  readonly calls: string[];
  readonly runs: Run[];
  readonly uploads: Buffer[];
  /** For the program's environment: everything it needs to reach this, and nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  conduct: Conduct;
  stop(): Promise<void>;
}

/**
 * The hosts that the Serverless Framework calls for a Tencent component, on loopback: signatures are verified, the
 * upload is kept, and what a component makes of SCF is the one function that `GetFunction` then finds.
 * @param folder an empty one, for certificates
 */
export async function startFakeControlPlane(
  folder: string,
  credentials: Credentials,
): Promise<FakeControlPlane> {
  const calls: string[] = [];
  const runs: Run[] = [];
  const uploads: Buffer[] = [];
  let functionDescription: string | undefined;
  let polls = 0;

  const plane = { calls, runs, uploads, conduct: 'deploys' as Conduct };

  const run = (one: Run) => {
    runs.push(one);
    polls = 0;
    if (plane.conduct === 'ignores' || plane.conduct === 'fails') return {};
    functionDescription = one.method === 'remove' ? undefined : (one.instance.inputs.description ?? '');
    return {};
  };

  const getInstance = () => {
    const { instance, method } = runs.at(-1) ?? {};
    const settled = plane.conduct === 'ignores' || ++polls > 2;
    if (plane.conduct === 'fails' && settled) {
      const deploymentError = 'the component failed';
      return { instance: { instanceStatus: 'error', deploymentError, deploymentErrorStack: '' } };
    }
    const atRest = method === 'remove' ? 'inactive' : 'active';
    const outputs = { functionName: instance?.inputs.name, runtime: instance?.inputs['runtime'] };
    return { instance: { instanceStatus: settled ? atRest : 'deploying', outputs } };
  };

  const slsActions: Readonly<Record<string, (body: unknown) => unknown>> = {
    GetCacheFileUrls: () => ({
      previousMapDownloadUrl: `https://${COS}/previous-map`,
      changesUploadUrl: `https://${COS}/changes`,
      srcDownloadUrl: `https://${COS}/src`,
    }),
    RunComponent: (body) => run(body as Run),
    GetInstance: getInstance,
  };

  const respond = (request: IncomingMessage, body: Buffer): { status: number; body: string } => {
    const host = request.headers.host ?? '';
    const parameters = new URLSearchParams(body.toString());
    const action = parameters.get('Action') ?? String(request.headers['x-tc-action'] ?? request.method);
    calls.push(`${host} ${action}`);
    switch (host) {
      case CAM:
        verifySignatureV1(request, parameters, credentials);
        return api({ AppId: 1250000000, Uin: '100000000001', OwnerUin: '100000000001' });
      case SLS: {
        verifySignatureV1(request, parameters, credentials);
        const handler = slsActions[action];
        if (!handler) throw new ApiError('InvalidAction', `The fake does not know ${action}.`);
        const result = handler(JSON.parse(parameters.get('Body') ?? '{}'));
        // Wrapped twice: the real one passes on the response of a function of its own.
        return api({ Body: JSON.stringify({ statusCode: 200, body: JSON.stringify(result) }) });
      }
      case SCF:
        verifySignature(request, body, credentials);
        if (functionDescription === undefined) {
          throw new ApiError('ResourceNotFound.Function', 'The function does not exist.');
        }
        return api({ Status: 'Active', Description: functionDescription });
      case COS:
        if (request.method === 'PUT') uploads.push(body);
        return { status: request.method === 'PUT' ? 200 : 404, body: '' };
      case ROLES:
        return { status: 200, body: plane.conduct === 'roles-gone' ? '<html>' : '{"message":{}}' };
      default:
        return { status: 404, body: '' };
    }
  };

  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, body } = orApiError(() => respond(request, Buffer.concat(chunks)));
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  };
  const { caFile, key, cert } = makeCertificates(folder, HOSTS);
  const servers = [https.createServer({ key, cert }, listener), http.createServer(listener)] as const;
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  }
  const [tls, plain] = servers.map((server) => (server.address() as AddressInfo).port);

  return Object.assign(plane, {
    environment: {
      NODE_EXTRA_CA_CERTS: caFile,
      LOOPBACK_HOSTS: HOSTS.join(','),
      LOOPBACK_PORTS: JSON.stringify({ 443: tls, 80: plain }),
    },
    async stop() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  });
}

function api(response: Readonly<Record<string, unknown>>): { status: number; body: string } {
  return { status: 200, body: JSON.stringify({ Response: { ...response, RequestId: 'fake-request' } }) };
}

function orApiError(respond: () => { status: number; body: string }): { status: number; body: string } {
  try {
    return respond();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return api({ Error: { Code: error.code, Message: error.message } });
  }
}
