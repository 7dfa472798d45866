<?php
// Calls the operations named on standard input, with PHP's own SoapClient: [{"operation", "arguments"}] in,
// [{"answer"} or {"code", "problem"}] out.
$given = json_decode(stream_get_contents(STDIN));
$context = stream_context_create(['ssl' => [
    'cafile' => $given->ca, 'local_cert' => $given->certificate, 'local_pk' => $given->key,
]]);
$client = new SoapClient($given->wsdl, [
    'stream_context' => $context, 'cache_wsdl' => WSDL_CACHE_NONE, 'exceptions' => true,
    'features' => SOAP_SINGLE_ELEMENT_ARRAYS,
]);
$told = [];
foreach ($given->calls as $call) {
    try {
        $told[] = ['answer' => $client->__soapCall($call->operation, [$call->arguments])];
    } catch (SoapFault $fault) {
        $told[] = ['code' => $fault->faultcode, 'problem' => $fault->detail->problem ?? null];
    }
}
echo json_encode($told, JSON_UNESCAPED_UNICODE | JSON_THROW_ON_ERROR);
