import { buildConsole } from '../build/console-page';

/** Gives the proxy that runs from its sources the page's script, which has to be bundled; to be loaded before the proxy is. */
Object.assign(globalThis, { scfLlmProxyConsole: buildConsole().file });
