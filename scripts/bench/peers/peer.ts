import type { Command } from '../rig/processes';
import type { Target } from '../rig/request';
import type { Scenario } from '../scenarios/scenario';

/** A proxy to be measured. */
export interface Peer {
  /** For `--peers`, and in the results. */
  readonly name: string;
  readonly title: string;
  /** Whether it is also measured with a TLS upstream. */
  readonly speaksTls: boolean;
  /** Whether it passes WebSockets on. */
  readonly relaysWebSockets?: boolean;
  /** Whether it is set up to send a request again that the upstream has refused. */
  readonly failsOver?: boolean;
  /** Whether the model of a chat decides where it goes, and under which name. */
  readonly routesModels?: boolean;
  /**
   * Installs or builds what it needs.
   * @throws Error if it is not available on this machine
   */
  prepare(): Promise<Prepared>;
}

/** Whether a proxy is set up for what a scenario measures; it is left out of the others. */
export function canRun(
  peer: Pick<Peer, 'speaksTls' | 'relaysWebSockets' | 'failsOver' | 'routesModels'>,
  { overTls, needs }: Pick<Scenario, 'overTls' | 'needs'>,
): boolean {
  return (peer.speaksTls || !overTls) && (needs === undefined || peer[needs] === true);
}

export interface Prepared {
  readonly version: string;
  /** How to start it on a port, in front of an upstream. */
  command(port: number, upstream: UpstreamAddress): Command;
  /** Further headers that its clients send. */
  client?(upstream: UpstreamAddress): Omit<Target, 'port'>;
}

export interface UpstreamAddress {
  readonly origin: string;
  /** For NODE_EXTRA_CA_CERTS, if the origin is https. */
  readonly certificateAuthority?: string;
}

/** The variable that makes Node trust the upstream's certificate. */
export function trusting({ certificateAuthority }: UpstreamAddress): Record<string, string> {
  return certificateAuthority === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificateAuthority };
}
