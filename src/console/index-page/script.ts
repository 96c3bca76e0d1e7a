import { startChat, startCopying, startPage, type ScriptParts } from './browser';
import { chatRequest, readChatEvent } from './chat';
import { createSseParser } from './sse-parser';

const PARTS: ScriptParts = { createSseParser, chatRequest, readChatEvent, startCopying, startChat };

/**
 * The page's script: these functions' own source text, as the compiler or the bundler left it. So it is linted, typed
 * and tested like all else, and minified with it; it needs no second build. (A bundler's `keepNames` would break it: esbuild's puts calls of a
 * helper into functions.)
 */
export const SCRIPT = `'use strict';(${startPage.toString()})({${Object.entries(PARTS)
  .map(([name, part]: [string, ScriptParts[keyof ScriptParts]]) => `${name}:${part.toString()}`)
  .join(',')}});`;
