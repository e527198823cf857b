from __future__ import annotations

from django.urls import path

from fulfillment.packing.views import bench, cartons, parcels, portal_pages

floor = [
    path("pack/", bench.pack_home, name="pack"),
    path("pack/find/", bench.find_parcel, name="pack-find"),
    path("pack/begin/<uuid:order>/", bench.begin, name="pack-begin"),
    path("pack/<uuid:shipment>/", bench.parcel_bench, name="bench"),
    path("pack/<uuid:shipment>/steps/<uuid:step>/", bench.step_done, name="bench-step"),
    path("pack/<uuid:shipment>/close/", bench.close_parcel, name="bench-close"),
    path("cartons/", cartons.carton_list, name="carton-list"),
    path("cartons/new/", cartons.carton_new, name="carton-new"),
    path("cartons/<uuid:carton>/", cartons.carton_edit, name="carton-edit"),
    path("cartons/<uuid:carton>/retire/", cartons.carton_retire, name="carton-retire"),
    path("cartons/<uuid:carton>/bring-back/", cartons.carton_bring_back, name="carton-bring-back"),
    path("parcels/", parcels.shipment_list, name="shipment-list"),
    path("parcels/hand-over/", parcels.hand_over, name="hand-over"),
    path("parcels/manifest/", parcels.manifest, name="manifest"),
    path("parcels/<uuid:shipment>/", parcels.parcel, name="parcel"),
    path("parcels/<uuid:shipment>/papers/", parcels.papers, name="parcel-papers"),
]

portal = [
    path("orders/<uuid:order>/parcels/", portal_pages.order_parcels, name="order-parcels"),
    path("parcels/<uuid:shipment>/", portal_pages.parcel, name="parcel"),
]
