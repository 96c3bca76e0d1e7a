import { ApiError } from './api-error';
import type { ServerFunction } from './functions';
import { ACCOUNT } from './platform';

/** What TriggerDesc of an http trigger may contain. */
export interface HttpTriggerDesc {
  readonly AuthType: 'NONE';
  readonly NetConfig: { readonly EnableIntranet: boolean; readonly EnableExtranet: boolean };
  readonly CorsConfig?: CorsConfig;
}

/** The platform's own CORS. Only whether it is on matters here; the rest is stored. */
export interface CorsConfig extends Readonly<Record<string, unknown>> {
  readonly Enable: boolean;
}

/** Where nothing listens: a plain http address, which no tool should choose. */
const PLAIN_HTTP = 'http://127.0.0.1:1';

/**
 * TriggerDesc as the API reports it: all addresses in NetConfig, in the order of Tencent's own example, empty ones
 * included.
 */
export function describeDesc(
  { AuthType, NetConfig, CorsConfig }: HttpTriggerDesc,
  { region, protocolType }: ServerFunction,
  { id, address }: { readonly id: string; readonly address: string },
): string {
  const { EnableIntranet, EnableExtranet } = NetConfig;
  const host = `${ACCOUNT.appId}-${id}.in.${region}.tencentscf.com`;
  const intranet = (scheme: string, on = true) => (EnableIntranet && on ? `${scheme}://${host}` : '');
  const extranet = (url: string, on = true) => (EnableExtranet && on ? url : '');
  const isWebSocket = protocolType === 'WS';
  return JSON.stringify({
    AuthType,
    NetConfig: {
      EnableIntranet,
      IntranetUrl: intranet('https'),
      IntranetHTTPUrl: intranet('http'),
      // Ahead of the right one, so that a tool that takes the first does not work.
      ExtranetHTTPUrl: extranet(PLAIN_HTTP),
      ExtranetUrl: extranet(address),
      WssIntranetUrl: intranet('wss', isWebSocket),
      WsIntranetUrl: intranet('ws', isWebSocket),
      WssExtranetUrl: extranet(address.replace(/^http/, 'ws'), isWebSocket),
      WsExtranetUrl: extranet(PLAIN_HTTP.replace(/^http/, 'ws'), isWebSocket),
      EnableExtranet,
    },
    ...(CorsConfig ? { CorsConfig } : {}),
  });
}

/** @param previous what the trigger has so far: whether an update without CorsConfig turns CORS off is not known */
export function parseDesc(text = '', previous?: HttpTriggerDesc): HttpTriggerDesc {
  let desc: { AuthType?: unknown; NetConfig?: Record<string, unknown>; CorsConfig?: Record<string, unknown> };
  try {
    desc = JSON.parse(text) as typeof desc;
  } catch {
    throw invalid('TriggerDesc is not JSON.');
  }
  const { AuthType, NetConfig = {}, CorsConfig = previous?.CorsConfig } = desc;
  const { EnableIntranet = false, EnableExtranet = false } = NetConfig; // both are off by default
  if (AuthType !== 'NONE' && AuthType !== 'CAM') throw invalid('AuthType is neither NONE nor CAM.');
  if (typeof EnableIntranet !== 'boolean' || typeof EnableExtranet !== 'boolean') {
    throw invalid('The flags of NetConfig are true or false.');
  }
  if (AuthType === 'CAM') {
    throw new ApiError('UnsupportedOperation', 'The local SCF does not know the sign-in by CAM.');
  }
  if (CorsConfig && !isCorsConfig(CorsConfig)) throw invalid('CorsConfig.Enable is true or false.');
  return {
    AuthType,
    NetConfig: { EnableIntranet, EnableExtranet },
    ...(CorsConfig ? { CorsConfig } : {}),
  };
}

function isCorsConfig(value: Readonly<Record<string, unknown>>): value is CorsConfig {
  return typeof value['Enable'] === 'boolean';
}

function invalid(message: string): ApiError {
  return new ApiError('InvalidParameterValue.TriggerDesc', message);
}
