import { consolePage, type Site } from './console';
import type { ScfError } from './scf-error';
import type { FunctionSettings } from './serverless-file';

/** What to do about some of Tencent's errors. */
export interface Remedy {
  readonly when: (error: ScfError) => boolean;
  readonly text: (context: RemedyContext) => string;
}

export interface RemedyContext {
  readonly settings: FunctionSettings;
  readonly site: Site | undefined;
  /** A page of the console. */
  readonly page: (path: string) => string;
}

export function contextOf(settings: FunctionSettings, site: Site | undefined): RemedyContext {
  return { settings, site, page: (path) => consolePage(path, site) };
}
