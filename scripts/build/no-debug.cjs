/** Stands in for `debug`, with which libraries tell a terminal what they do. CommonJS, as they call what they require. */
module.exports = () => () => undefined;
