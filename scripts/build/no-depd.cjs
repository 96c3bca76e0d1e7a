/** Replaces express's deprecation warnings: the proxy uses nothing that is deprecated. */
module.exports = () =>
  Object.assign(() => undefined, { function: (original) => original, property: () => undefined });
