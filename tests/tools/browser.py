# SPDX-License-Identifier: BSD-2-Clause
"""A browser that a test drives: Chromium by chromedriver's HTTP interface, with
nothing but the standard library."""
import base64
import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

KEYS = {'Down': '\ue015', 'Up': '\ue013', 'Left': '\ue012', 'Right': '\ue014',
        'Enter': '\ue007', 'Escape': '\ue00c', 'Tab': '\ue004',
        'End': '\ue010', 'Home': '\ue011'}
ELEMENT = 'element-6066-11e4-a52e-4f735466cecf'


def free_port():
    with socket.socket() as one:
        one.bind(('127.0.0.1', 0))
        return one.getsockname()[1]


class Browser:
    """A window of 1280 by 800 pixels."""

    def __init__(self):
        self.port = free_port()
        self.profile = tempfile.TemporaryDirectory()
        self.driver = subprocess.Popen(  # ended in close
            ['chromedriver', f'--port={self.port}'],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.session = None
        self.wait_for_driver()
        options = {'args': [
            '--headless=new', '--no-sandbox', '--disable-gpu', '--lang=en',
            '--disable-dev-shm-usage', '--window-size=1280,800',
            '--user-data-dir=' + self.profile.name]}
        self.session = self.call('POST', '/session', {'capabilities': {
            'alwaysMatch': {'goog:chromeOptions': options,
                            'goog:loggingPrefs': {'browser': 'ALL'}}}}
        )['sessionId']
        self.develop('Emulation.setDeviceMetricsOverride', width=1280,
                     height=800, deviceScaleFactor=1, mobile=False)

    def wait_for_driver(self):
        for _ in range(200):
            try:
                self.call('GET', '/status')
                return
            except OSError:
                time.sleep(0.1)
        raise AssertionError('chromedriver does not answer')

    def close(self):
        try:
            if self.session:
                self.call('DELETE', f'/session/{self.session}')
        finally:
            self.driver.terminate()
            self.driver.wait(20)
            self.profile.cleanup()

    def call(self, method, path, body=None):
        request = urllib.request.Request(
            f'http://127.0.0.1:{self.port}{path}', method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={'Content-Type': 'application/json'})
        try:
            with urllib.request.urlopen(request, timeout=90) as answer:
                return json.load(answer)['value']
        except urllib.error.HTTPError as error:
            raise AssertionError(error.read().decode()[:600]) from error

    def ask(self, path, body=None):
        return self.call('POST', f'/session/{self.session}{path}', body or {})

    def develop(self, command, **parameters):
        return self.ask('/goog/cdp/execute',
                        {'cmd': command, 'params': parameters})

    def open(self, path):
        """Seconds that it took to load."""
        begin = time.monotonic()
        self.ask('/url', {'url': 'file://' + os.path.abspath(path)})
        return time.monotonic() - begin

    def run(self, script):
        return self.ask('/execute/sync', {'script': script, 'args': []})

    def find(self, selector):
        return self.ask('/element', {'using': 'css selector',
                                     'value': selector})[ELEMENT]

    def click(self, selector):
        """As a person would: fails where something else is in the way."""
        self.ask(f'/element/{self.find(selector)}/click')

    def press(self, *keys):
        actions = []
        for key in keys:
            value = KEYS.get(key, key)
            actions += [{'type': 'keyDown', 'value': value},
                        {'type': 'keyUp', 'value': value}]
        self.ask('/actions', {'actions': [
            {'type': 'key', 'id': 'keys', 'actions': actions}]})

    def picture(self, path):
        shot = self.call('GET', f'/session/{self.session}/screenshot')
        with open(path, 'wb') as file:
            file.write(base64.b64decode(shot))

    def complaints(self):
        return [line['message'] for line in
                self.ask('/se/log', {'type': 'browser'})]
