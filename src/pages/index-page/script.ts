import { startChat, startCopying, startPage, type ScriptParts } from './browser';
import { chatRequest, readChatEvent } from './chat';
import { createSseParser } from './sse-parser';

const PARTS: ScriptParts = { createSseParser, chatRequest, readChatEvent, startCopying, startChat };

/**
 * The page's script: the source text of these functions, as the compiler or the bundler emitted it. So it is linted,
 * typed, tested and minified like all other code, without a second build. (A bundler's `keepNames` would break it:
 * esbuild then inserts calls of a helper into functions.)
 */
export const SCRIPT = `'use strict';(${startPage.toString()})({${Object.entries(PARTS)
  .map(([name, part]: [string, ScriptParts[keyof ScriptParts]]) => `${name}:${part.toString()}`)
  .join(',')}});`;
