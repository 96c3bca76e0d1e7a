import type { CodePackage } from './code-package';
import type { Configuration } from './configuration';
import type { Fleet } from './fleet';

/** A function as the platform stores it. */
export interface ServerFunction {
  readonly name: string;
  readonly region: string;
  readonly runtime: string;
  readonly protocolType: string | null;
  readonly addTime: string;
  modTime: string;
  /** `Deleted`: no longer reported, although its name is still taken. */
  status: 'Creating' | 'CreateFailed' | 'Updating' | 'Active' | 'Deleting' | 'Deleted';
  /** Why its creation failed. */
  failure: string | undefined;
  /** When it last became Active, by performance.now(). */
  activeSinceMs: number;
  configuration: Configuration;
  code: CodePackage;
  /** The active revision: none until the function has been created. */
  fleet: Fleet | undefined;
  /** All revisions that were ever active; the retired ones still finish requests. */
  readonly fleets: Fleet[];
}
