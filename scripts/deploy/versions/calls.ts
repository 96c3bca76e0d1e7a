import type {
  FunctionVersion,
  GetFunctionResponse,
} from 'tencentcloud-sdk-nodejs-scf/tencentcloud/services/scf/v20180416/scf_models';
import type { ApiClient } from '../domain/calls';
import { requestedRouting, routeOf, type Route } from './route';

export type { FunctionVersion };

/** The calls of Tencent's API that concern published versions. */
export interface VersionsApi {
  /** A published version, in the form in which the function itself is read. */
  getVersion(
    name: string,
    version: string,
  ): Promise<{ readonly function: GetFunctionResponse; readonly codeSha256: string | undefined }>;
  /** Publishes what the function has now; returns the number of the version. */
  publishVersion(name: string, description: string): Promise<string | undefined>;
  listVersions(name: string): Promise<readonly FunctionVersion[]>;
  /** Which versions the public URL serves. */
  getRoute(name: string): Promise<Route>;
  setRoute(name: string, route: Route): Promise<unknown>;
}

/** The alias of the public URL, which every function has. */
const ALIAS = '$DEFAULT';
const PAGE = 100;

export function versionCalls({ client, call }: ApiClient): VersionsApi {
  return {
    async getVersion(name, version) {
      const at = { FunctionName: name, Qualifier: version };
      const there = await call('GetFunction', () => client.GetFunction({ ...at, ShowCode: 'FALSE' }));
      const { CodeSha256 } = await call('GetFunctionAddress', () => client.GetFunctionAddress(at));
      return { function: there, codeSha256: CodeSha256 };
    },
    async publishVersion(name, description) {
      const published = await call('PublishVersion', () =>
        client.PublishVersion({ FunctionName: name, Description: description }),
      );
      return published.FunctionVersion;
    },
    async listVersions(name) {
      const versions: FunctionVersion[] = [];
      for (;;) {
        const { Versions = [], TotalCount = 0 } = await call('ListVersionByFunction', () =>
          client.ListVersionByFunction({ FunctionName: name, Offset: versions.length, Limit: PAGE }),
        );
        versions.push(...Versions);
        if (Versions.length === 0 || versions.length >= TotalCount) return versions;
      }
    },
    async getRoute(name) {
      return routeOf(await call('GetAlias', () => client.GetAlias({ FunctionName: name, Name: ALIAS })));
    },
    setRoute: (name, route) =>
      call('UpdateAlias', () =>
        client.UpdateAlias({ FunctionName: name, Name: ALIAS, ...requestedRouting(route) }),
      ),
  };
}
