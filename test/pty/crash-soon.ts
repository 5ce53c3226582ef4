/** Preloaded by a test: SIGUSR2 is a bug that nobody caught. */
process.on('SIGUSR2', () => {
  throw new TypeError('a bug for the test');
});
