/** Replaces `debug`, with which libraries print what they do. CommonJS, because they call what they require. */
const noDebug = () => Object.assign(() => undefined, { enabled: false });

module.exports = noDebug;
module.exports.default = noDebug; // ioredis imports it this way
