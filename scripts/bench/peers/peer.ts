import type { Command } from '../rig/processes';
import type { Target } from '../rig/request';

/** A proxy to be measured. */
export interface Peer {
  /** For `--peers`, and in the results. */
  readonly name: string;
  readonly title: string;
  /** Whether it is measured with a TLS upstream too, where certificates and memory are the point. */
  readonly speaksTls: boolean;
  /**
   * Installs or builds what it needs.
   * @throws Error where it cannot be had here
   */
  prepare(): Promise<Prepared>;
}

export interface Prepared {
  readonly version: string;
  /** How it is started on a port, in front of an upstream. */
  command(port: number, upstream: UpstreamAddress): Command;
  /** What its clients send beside the usual. */
  client?(upstream: UpstreamAddress): Omit<Target, 'port'>;
}

export interface UpstreamAddress {
  readonly origin: string;
  /** For NODE_EXTRA_CA_CERTS, where the origin is https. */
  readonly certificateAuthority?: string;
}

/** The variable that makes Node trust the upstream's certificate. */
export function trusting({ certificateAuthority }: UpstreamAddress): Record<string, string> {
  return certificateAuthority === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificateAuthority };
}
