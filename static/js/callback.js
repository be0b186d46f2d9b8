/* The page a sign-in popup ends on: tell the page beneath, then close; without a popup, go back to it. */
(() => {
  "use strict";
  const { signedIn, back } = document.querySelector("[data-signed-in]").dataset;
  const isPopup = window.name === `mobly-connect-${signedIn}` || Boolean(window.opener);

  if (!isPopup) {
    location.replace(back);
    return;
  }
  const channel = new BroadcastChannel("mobly-connect");
  channel.postMessage({ provider: signedIn });
  channel.close();
  // A browser that does not let us close the window leaves the sentence standing.
  window.close();
})();
