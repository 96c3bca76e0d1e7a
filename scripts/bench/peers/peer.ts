import type { Command } from '../rig/processes';
import type { Target } from '../rig/request';

/** A proxy to be measured. */
export interface Peer {
  /** For `--peers`, and in the results. */
  readonly name: string;
  readonly title: string;
  /** Whether it is also measured with a TLS upstream. */
  readonly speaksTls: boolean;
  /**
   * Installs or builds what it needs.
   * @throws Error if it is not available on this machine
   */
  prepare(): Promise<Prepared>;
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
