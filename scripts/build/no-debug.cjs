/** Stands in for `debug`, with which libraries tell a terminal what they do. CommonJS, as they call what they require. */
const noDebug = () => Object.assign(() => undefined, { enabled: false });

module.exports = noDebug;
module.exports.default = noDebug; // ioredis asks for it so
