// A screen of an older version is not on the service any more: the newer app has it. Without a network there is no
// newer app to be had, and what is on the screen is better than nothing.
export const reloadWhenNewer = (reload = () => location.reload()) =>
  addEventListener('vite:preloadError', () => {
    if (navigator.onLine) reload()
    else addEventListener('online', () => reload(), { once: true })
  })
